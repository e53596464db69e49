#pragma once
// For the tests: everything the drivers see, and GoogleTest.
#include "io.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

// Empty: cargo wants a target, only the source of boring-sys is used.

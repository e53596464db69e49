#include "bare_tunnel/tls_link.h"

#include <openssl/bio.h>
#include <openssl/err.h>

#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>

namespace anytls::bench {

/// The BIO: reads from and writes to the two buffers.
struct buffers {
  static int read(BIO* self, char* to, int size) {
    BIO_clear_retry_flags(self);
    auto& of = *static_cast<tls_link*>(BIO_get_data(self));
    const auto n = std::min(static_cast<std::size_t>(size), of.in_end_ - of.in_at_);
    if (n == 0) {
      BIO_set_retry_read(self);
      return -1;
    }
    std::memcpy(to, of.in_.data() + of.in_at_, n);
    of.in_at_ += n;
    return static_cast<int>(n);
  }

  static int write(BIO* self, const char* from, std::size_t size, std::size_t* written) {
    auto& out = static_cast<tls_link*>(BIO_get_data(self))->out_;
    const auto* begin = reinterpret_cast<const std::uint8_t*>(from);
    out.insert(out.end(), begin, begin + size);
    *written = size;
    return 1;
  }

  static const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
      auto* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "buffers");
      BIO_meth_set_read(m, &buffers::read);
      BIO_meth_set_write_ex(m, &buffers::write);
      BIO_meth_set_ctrl(m,
                        [](BIO*, int what, long, void*) -> long { return what == BIO_CTRL_FLUSH; });
      return m;
    }();
    return made;
  }
};

tls_link::tls_link(SSL_CTX* ctx, int fd, bool server)
    : fd_(fd), ssl_(SSL_new(ctx)), in_(128 << 10) {
  out_.reserve(160 << 10);
  BIO* bio = BIO_new(buffers::method());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  if (server)
    SSL_set_accept_state(ssl_.get());
  else
    SSL_set_connect_state(ssl_.get());
  usable_ = handshake();
}

tls_link::~tls_link() { ::close(fd_); }

bool tls_link::handshake() {
  for (;;) {
    const int n = SSL_do_handshake(ssl_.get());
    const int why = SSL_get_error(ssl_.get(), n);
    if (!send()) return false;
    if (n == 1) return true;
    if (why != SSL_ERROR_WANT_READ || !receive()) return false;
  }
}

bool tls_link::seal(std::span<const std::uint8_t> plain) {
  return SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size())) > 0;
}

bool tls_link::send() {
  const bool done = send_all(fd_, out_);
  out_.clear();
  return done;
}

bool tls_link::receive() {
  if (in_at_ < in_end_) return true;
  ssize_t n;
  do n = ::recv(fd_, in_.data(), in_.size(), 0);
  while (n < 0 && errno == EINTR);
  if (n <= 0) return false;
  in_at_ = 0;
  in_end_ = static_cast<std::size_t>(n);
  return true;
}

int tls_link::open(std::span<std::uint8_t> out) {
  ERR_clear_error();
  const int n = SSL_read(ssl_.get(), out.data(), static_cast<int>(out.size()));
  if (n > 0) return n;
  return SSL_get_error(ssl_.get(), n) == SSL_ERROR_WANT_READ ? 0 : -1;
}

void tls_link::shut() { ::shutdown(fd_, SHUT_RDWR); }

bool send_all(int fd, std::span<const std::uint8_t> data) {
  while (!data.empty()) {
    const auto n = ::send(fd, data.data(), data.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data = data.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace anytls::bench

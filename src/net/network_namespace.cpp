#include "net/network_namespace.h"

#include "net/owned_fd.h"
#include "net/socket_options.h"
#include "net/socket_setup.h"

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include <fcntl.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace anytls::net {
namespace {

using descriptor = asio::posix::basic_stream_descriptor<executor>;

std::string path_of(const std::string& name) {
  return name.find('/') == std::string::npos ? "/run/netns/" + name : name;
}

/// Where the calling thread is.
struct place {
  dev_t device = 0;
  ino_t number = 0;
};

place where_this_thread_is() noexcept {
  struct stat is{};
  if (::stat("/proc/thread-self/ns/net", &is) != 0) return {};
  return {is.st_dev, is.st_ino};
}

/// Moves the calling thread, unless it is there already. 0, or an errno.
int enter(const std::string& path, place& now) noexcept {
  const owned_fd there(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat is{};
  if (there.fd < 0 || ::fstat(there.fd, &is) != 0) return errno;
  if (is.st_dev == now.device && is.st_ino == now.number) return 0;
  if (::setns(there.fd, CLONE_NEWNET) != 0) return errno;
  now = {is.st_dev, is.st_ino};
  return 0;
}

/// How a socket comes back: through a pair of local sockets, so that the kernel closes it where
/// nobody is left to take it.
struct answer {
  int not_entered = 0;  ///< errno of entering the namespace
  int not_opened = 0;   ///< errno of socket()
};

void send_answer(int through, answer what, int socket) noexcept {
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
  iovec data{&what, sizeof what};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (socket >= 0) {
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    auto* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &socket, sizeof socket);
  }
  while (::sendmsg(through, &message, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

/// The socket, -1 where there is none.
int receive_answer(int through, answer& what) noexcept {
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
  iovec data{&what, sizeof what};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  const auto got = ::recvmsg(through, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  if (got != static_cast<ssize_t>(sizeof what)) {
    what = {0, ECANCELED};  // the thread has ended
    return -1;
  }
  int socket = -1;
  const auto* header = CMSG_FIRSTHDR(&message);
  if (header && header->cmsg_type == SCM_RIGHTS)
    std::memcpy(&socket, CMSG_DATA(header), sizeof socket);
  else if (what.not_entered == 0 && what.not_opened == 0)
    what.not_opened = EMFILE;  // no descriptor was left to put it in
  return socket;
}

}  // namespace

error_code run_in_namespace(const std::string& name_or_path, const std::function<void()>& work) {
  int failed = 0;
  std::thread([&] {
    auto here = where_this_thread_is();
    failed = enter(path_of(name_or_path), here);
    if (failed == 0) work();
  }).join();
  return failed == 0 ? error_code{} : option_refused("netns", name_or_path, failed);
}

class namespace_sockets::maker {
 public:
  explicit maker(std::string name) : name_(std::move(name)) {}

  ~maker() {
    {
      std::lock_guard hold(guard_);
      stop_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
  }
  maker(const maker&) = delete;

  const std::string& name() const noexcept { return name_; }

  void ask(owned_fd reply_to, int family, bool multi_path) {
    {
      std::lock_guard hold(guard_);
      waiting_.push_back({std::move(reply_to), family, multi_path});
      if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
    }
    wake_.notify_one();
  }

 private:
  struct question {
    owned_fd reply_to;
    int family;
    bool multi_path;
  };

  void run() {
    auto here = where_this_thread_is();
    for (;;) {
      std::unique_lock hold(guard_);
      wake_.wait(hold, [this] { return stop_ || !waiting_.empty(); });
      if (stop_) return;
      const auto next = std::move(waiting_.front());
      waiting_.pop_front();
      hold.unlock();
      answer what;
      what.not_entered = enter(path_of(name_), here);
      owned_fd made;
      if (what.not_entered == 0) {
        made = owned_fd(open_stream_socket(next.family, next.multi_path));
        if (made.fd < 0) what.not_opened = errno;
      }
      send_answer(next.reply_to.fd, what, made.fd);
    }
  }

  const std::string name_;
  std::mutex guard_;
  std::condition_variable wake_;
  std::deque<question> waiting_;
  bool stop_ = false;
  std::thread thread_;
};

namespace_sockets::namespace_sockets(std::string name_or_path)
    : maker_(std::make_unique<maker>(std::move(name_or_path))) {}

namespace_sockets::~namespace_sockets() = default;

void namespace_sockets::open(asio::io_context& context, const tcp& protocol, bool multi_path,
                             handler done) {
  int pair[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
    const error_code why(errno, boost::system::system_category());
    asio::post(context, [done = std::move(done), why] { done(why); });
    return;
  }
  owned_fd ours(pair[0]), theirs(pair[1]);
  auto wait = std::make_unique<descriptor>(context);
  error_code failed;
  wait->assign(ours.fd, failed);
  if (failed) {
    asio::post(context, [done = std::move(done), failed] { done(failed); });
    return;
  }
  ours.release();
  auto& waiting = *wait;
  waiting.async_wait(descriptor::wait_read,
                     [&context, protocol, done = std::move(done), wait = std::move(wait),
                      name = maker_->name()](error_code cancelled) {
                       if (cancelled) return done(cancelled);
                       answer what;
                       const int fd = receive_answer(wait->native_handle(), what);
                       if (what.not_entered != 0)
                         return done(option_refused("netns", name, what.not_entered));
                       if (fd < 0)
                         return done(error_code(what.not_opened, boost::system::system_category()));
                       auto socket = adopt_tcp_socket(context, protocol, fd);
                       error_code ignored;
                       if (socket) socket->native_non_blocking(true, ignored);
                       done(std::move(socket));
                     });
  maker_->ask(std::move(theirs), protocol.family(), multi_path);
}

}  // namespace anytls::net

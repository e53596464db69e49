#pragma once
// One plain HTTP request and its response, both bodies passing through in bounded memory.
//
// Flow: upload() sends the request and then keeps an eye on the application (it may leave while the
// target thinks); download(), beside it, brings the response. The response's end ends both. After
// 101 both go on as a raw relay.

#include "inbound/client_io.h"
#include "inbound/http_request.h"
#include "inbound/http_response.h"
#include "net/pull_stream.h"

#include <memory>
#include <string>

namespace anytls::inbound {

class http_exchange : public std::enable_shared_from_this<http_exchange> {
 public:
  enum class end {
    complete,     ///< the response was passed on; keep_client and keep_upstream count
    no_response,  ///< nothing was: the application is to be told `why`
    broken,  ///< the target's side died in the middle: the application's connection is to be reset
    bad_request,  ///< malformed chunks in the request; nothing of the response was passed on
    client_gone,  ///< the application died, or left for good
  };
  struct outcome {
    end how = end::complete;
    bool keep_client = false;
    bool keep_upstream = false;
    bool request_sent = false;  ///< whole: the next byte from the application begins another one
    error_code error;
    std::string why;
  };

  /// All three outlive run(); `owner` keeps them until the last coroutine here has ended.
  http_exchange(std::shared_ptr<void> owner, client_io& client, net::pull_stream& upstream,
                const http_plan& plan, executor on, duration half_close_timeout);

  task<outcome> run();

 private:
  task<void> upload();
  task<void> watch();
  task<bool> push(bytes_view data);  ///< to the target; false: it is gone, and download() sees why
  task<outcome> download();
  task<outcome> pass_body(response_plan response, std::size_t head_size);
  task<outcome> pass_raw();
  task<error_code> more();  ///< the next bytes of the response into room_, as arrived_
  static outcome gone(error_code ec);
  outcome failed(error_code ec, std::string_view instead = {});
  void arm_silence();

  std::shared_ptr<void> owner_;
  client_io& client_;
  net::pull_stream& upstream_;
  const http_plan& plan_;
  duration half_close_timeout_;
  timer upload_ended_;  ///< cancelled: look again
  timer wake_;          ///< the same, for upload() where it waits for neither end
  timer silence_;
  bytes head_;  ///< of the response, until it is complete
  bytes room_;
  bytes_view arrived_;
  bool uploading_ = false;
  bool pushing_ = false;  ///< upload() waits for the target to take bytes
  bool stop_ = false;     ///< the response is over
  bool request_sent_ = false;
  bool raw_ = false;           ///< after 101
  bool started_ = false;       ///< a byte of the final response was passed on
  bool reading_ = false;       ///< more() waits
  bool client_ended_ = false;  ///< half-closed; it may still want the response
  bool client_failed_ = false;
  bool bad_request_ = false;
};

}  // namespace anytls::inbound

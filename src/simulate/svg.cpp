#include "simulate/svg.h"

#include "simulate/time_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace anytls::simulate {
namespace {

// Middle tones on no background: they stand out from white and from black.
constexpr auto text_colour = "#808892";
constexpr auto ready_colour = "#3b82f6";
constexpr auto active_colour = "#e07b00";
constexpr auto connecting_colour = "#a855f7";
constexpr auto good_colour = "#22a06b";
constexpr auto bad_colour = "#e5484d";

constexpr int left = 44;   // of the plots
constexpr int plot = 600;  // their width
constexpr int right = 24;
constexpr int high = 132;  // the panel of sessions
constexpr int low = 40;    // the others
constexpr int gap = 22;    // above a panel: its name

using value_of = std::function<double(const column&)>;

std::string escape(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else if (static_cast<unsigned char>(c) >= 0x20)
      out += c;
  }
  return out;
}

/// A round number that is not less: the top of a scale.
double round_up(double most) {
  if (most <= 1) return 1;
  double step = 1;
  for (;;) {
    for (const double k : {1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0})
      if (k * step >= most && k * step == std::floor(k * step)) return k * step;
    step *= 10;
  }
}

class picture {
 public:
  picture(const report& r, const scenario& s) : columns_(r.columns), scenario_(s) {}

  void text(int x, int y, const std::string& what, const char* anchor = "start",
            const char* colour = text_colour) {
    body_ += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"{}\" fill=\"{}\">{}</text>\n", x, y,
                         anchor, colour, escape(what));
  }

  void begin_panel(int height, double top) {
    y_ += gap;
    height_ = height;
    top_ = top;
    outages();
    body_ += fmt::format(
        "<path d=\"M{0} {1}V{2}H{3}\" fill=\"none\" stroke=\"{4}\" stroke-width=\".7\"/>\n", left,
        y_, y_ + height, left + plot, text_colour);
    text(left - 6, y_ + 8, fmt::format("{:g}", top), "end");
    text(left - 6, y_ + height, "0", "end");
  }
  void end_panel() { y_ += height_; }

  /// Names in their colours, in a row above the panel.
  void legend(std::initializer_list<std::pair<const char*, const char*>> names) {
    int x = left;
    for (const auto& [name, colour] : names) {
      body_ += fmt::format("<rect x=\"{}\" y=\"{}\" width=\"9\" height=\"9\" fill=\"{}\"/>\n", x,
                           y_ - 14, colour);
      text(x + 13, y_ - 6, name);
      x += 13 + 14 + static_cast<int>(6.1 * static_cast<double>(std::string_view(name).size()));
    }
  }

  /// The area between two values, as steps.
  void area(const value_of& low_edge, const value_of& high_edge, const char* colour,
            double opacity) {
    std::string forth, back;
    for (std::size_t i = 0; i < columns_.size(); ++i)
      edge(forth, i, high_edge(columns_[i]), i == 0, x_of(i + 1));
    for (std::size_t i = columns_.size(); i-- > 0;)
      edge(back, i, low_edge(columns_[i]), false, x_of(i));
    body_ += fmt::format("<path d=\"M{} {}{}{}Z\" fill=\"{}\" fill-opacity=\"{}\"/>\n", left,
                         y_ + height_, forth, back, colour, opacity);
  }

  void steps(const value_of& value, const char* colour, double width) {
    std::string d;
    for (std::size_t i = 0; i < columns_.size(); ++i)
      edge(d, i, value(columns_[i]), i == 0, x_of(i + 1));
    body_ += fmt::format("<path d=\"M{} {}{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\"/>\n",
                         left, y_of(value(columns_.front())), d, colour, width);
  }

  void level(double value, const char* colour) {
    body_ += fmt::format(
        "<path d=\"M{} {}h{}\" fill=\"none\" stroke=\"{}\" stroke-dasharray=\"5 4\"/>\n", left,
        y_of(value), plot, colour);
  }

  /// Bars; `stacked`: the later ones on top of the earlier ones, else before them.
  void bars(std::initializer_list<std::pair<value_of, const char*>> kinds, bool stacked = true) {
    std::vector<double> base(columns_.size(), 0);
    for (const auto& [value, colour] : kinds) {
      if (!stacked) std::fill(base.begin(), base.end(), 0);
      std::string d;
      for (std::size_t i = 0; i < columns_.size(); ++i) {
        const auto v = value(columns_[i]);
        if (v <= 0) continue;
        const int bottom = y_of(base[i]);
        base[i] += v;
        // One pixel at least: what happened once is seen.
        d += fmt::format("M{} {}V{}h{}V{}z", x_of(i), bottom, std::min(y_of(base[i]), bottom - 1),
                         std::max(x_of(i + 1) - x_of(i), 1), bottom);
      }
      if (!d.empty()) body_ += fmt::format("<path d=\"{}\" fill=\"{}\"/>\n", d, colour);
    }
  }

  void time_axis() {
    for (const auto& t : axis(scenario_.length, 8)) {
      const auto x = x_at(t.at);
      body_ += fmt::format("<path d=\"M{} {}v4\" stroke=\"{}\" stroke-width=\".7\"/>\n", x, y_,
                           text_colour);
      text(x, y_ + 16, t.label, "middle");
    }
    y_ += 24;
  }

  double highest(const value_of& value) const {
    double most = 0;
    for (const auto& c : columns_) most = std::max(most, value(c));
    return most;
  }

  std::string finish(const std::string& title) const {
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
        "height=\"{1}\" "
        "font-family=\"system-ui,DejaVu Sans,sans-serif\" "
        "font-size=\"11\">\n<title>{2}</title>\n{3}</svg>\n",
        left + plot + right, y_, escape(title), body_);
  }

 private:
  int x_of(std::size_t i) const { return left + static_cast<int>(i * plot / columns_.size()); }
  int x_at(duration at) const {
    return left + static_cast<int>(static_cast<double>(at.count()) /
                                   static_cast<double>(scenario_.length.count()) * plot);
  }
  int y_of(double value) const {
    return y_ + height_ - static_cast<int>(std::lround(std::min(value / top_, 1.0) * height_));
  }

  // Only where the value changes: a quiet day is a few bytes.
  void edge(std::string& d, std::size_t i, double value, bool first, int to) {
    const int y = y_of(value);
    const bool forward = to > x_of(i);
    if (first || last_y_ != y || d.empty()) {
      if (!d.empty()) d += fmt::format("H{}", forward ? x_of(i) : x_of(i + 1));
      d += fmt::format("V{}", y);
    }
    last_y_ = y;
    if (forward ? i + 1 == columns_.size() : i == 0) d += fmt::format("H{}", to);
  }

  void outages() {
    for (const auto& o : scenario_.outages) {
      if (o.from >= scenario_.length) continue;
      const int from = x_at(o.from);
      const int to = x_at(std::min(o.from + o.length, scenario_.length));
      body_ += fmt::format(
          "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\" fill-opacity=\".18\"/>\n",
          from, y_, std::max(to - from, 1), height_, bad_colour);
    }
  }

  const std::vector<column>& columns_;
  const scenario& scenario_;
  std::string body_;
  int y_ = 0;
  int height_ = 0;
  double top_ = 1;
  int last_y_ = 0;
};

double zero(const column&) { return 0; }

}  // namespace

std::string svg(const report& r, const scenario& what, const pool::pool_options& options,
                const std::string& title) {
  picture p(r, what);
  const auto ready_least = [](const column& c) { return static_cast<double>(c.ready.least); };
  const auto ready_most = [](const column& c) { return static_cast<double>(c.ready.most); };
  const auto active = [](const column& c) { return static_cast<double>(c.active.most); };
  const auto connecting = [](const column& c) { return static_cast<double>(c.connecting.most); };
  const auto target = static_cast<double>(options.ensure_idle_session);
  const double most =
      std::max({target, p.highest(ready_most), p.highest(active), p.highest(connecting)});

  p.begin_panel(high, round_up(most));
  p.legend({{"idle", ready_colour}, {"active", active_colour}, {"connecting", connecting_colour}});
  if (target > 0)
    p.text(left + plot, 16, fmt::format("- - target {}", options.ensure_idle_session), "end");
  p.area(zero, ready_least, ready_colour, 0.6);
  p.area(ready_least, ready_most, ready_colour, 0.18);
  if (target > 0) p.level(target, text_colour);
  p.steps(connecting, connecting_colour, 1);
  if (p.highest(active) > 0) p.steps(active, active_colour, 1.3);
  p.end_panel();

  const value_of handshakes = [](const column& c) {
    return static_cast<double>(c.events.handshakes);
  };
  p.begin_panel(low, round_up(p.highest(handshakes)));
  p.legend({{"TLS handshakes", good_colour}});
  p.bars({{handshakes, good_colour}});
  p.end_panel();

  const value_of refused = [](const column& c) { return static_cast<double>(c.events.refused); };
  if (r.refused > 0) {
    p.begin_panel(low, round_up(p.highest(refused)));
    p.legend({{"attempts refused by the server", bad_colour}});
    p.bars({{refused, bad_colour}});
    p.end_panel();
  }

  const value_of idle = [](const column& c) { return static_cast<double>(c.events.closed_idle); };
  const value_of age = [](const column& c) { return static_cast<double>(c.events.closed_age); };
  const value_of other = [](const column& c) { return static_cast<double>(c.events.closed_other); };
  if (const auto top = p.highest([&](const column& c) { return idle(c) + age(c) + other(c); });
      top > 0) {
    p.begin_panel(low, round_up(top));
    p.legend({{"closed: idle timeout", ready_colour},
              {"closed: age", connecting_colour},
              {"lost", bad_colour}});
    p.bars({{idle, ready_colour}, {age, connecting_colour}, {other, bad_colour}});
    p.end_panel();
  }

  const value_of cold = [](const column& c) { return static_cast<double>(c.events.cold_starts); };
  const value_of failed = [](const column& c) { return static_cast<double>(c.events.failed); };
  if (const auto top = std::max(p.highest(cold), p.highest(failed)); top > 0) {
    p.begin_panel(low, round_up(top));
    p.legend({{"requests without a warm session", active_colour}, {"failed", bad_colour}});
    p.bars({{cold, active_colour}, {failed, bad_colour}}, false);
    p.end_panel();
  }
  p.time_axis();
  return p.finish(title);
}

}  // namespace anytls::simulate

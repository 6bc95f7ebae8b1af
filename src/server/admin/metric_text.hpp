#pragma once
// Prometheus' text format, version 0.0.4. Private to the admin sources.

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace freellm::server::admin {

class MetricText {
 public:
  using Label = std::pair<std::string_view, std::string_view>;

  /// Begins a family; its samples follow before the next one begins.
  void family(std::string_view name, std::string_view type, std::string_view help);
  /// `suffix` is "_bucket", "_sum" or "_count" in a histogram.
  void sample(std::span<const Label> labels, double value, std::string_view suffix = {});
  void sample(std::initializer_list<Label> labels, double value) {
    sample(std::span{labels.begin(), labels.size()}, value);
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
  std::string name_;
};

/// Whole numbers without a point, others as short as they read back.
[[nodiscard]] std::string metric_number(double value);

}  // namespace freellm::server::admin

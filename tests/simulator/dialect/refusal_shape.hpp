#pragma once
// The envelope around an error, which differs more between platforms than the error does.

#include <string>
#include <string_view>

#include "io/script.hpp"

namespace simulator {

struct Refusal {
  int status = 500;
  std::string type;
  std::string code;
  std::string message;
  std::string param;
};

[[nodiscard]] Reply shape(std::string_view slug, const Refusal& refusal);

}  // namespace simulator

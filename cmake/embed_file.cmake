# Script mode: writes OUTPUT, a C++ file that holds INPUT as the byte array SYMBOL.
file(READ ${INPUT} hex HEX)
string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
file(SIZE ${INPUT} size)
string(REPEAT "0," 64 padding)
file(WRITE ${OUTPUT}
"#include <string_view>
namespace freellm::embedded {
namespace {
constexpr char kBytes[] = {
${bytes}
${padding}};
}
extern const std::string_view ${SYMBOL};
const std::string_view ${SYMBOL}{kBytes, ${size}};
}
")

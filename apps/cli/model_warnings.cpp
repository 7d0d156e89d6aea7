#include "apps/cli/model_warnings.h"

#include "apps/cli/program.h"

namespace hone {

void warn(const std::string& program, const ModelSession& session) {
  for (const auto& warning : session.tokenizer.warnings) print_error(program, "warning: " + warning);
  for (const auto& warning : session.report.warnings) print_error(program, "warning: " + warning);
}

}  // namespace hone

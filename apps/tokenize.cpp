// The tokenize program: writes the token ids of each line of stdin.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <thread>
#include <vector>

#include <hone/core/error.h>
#include <hone/nn/models/config.h>
#include "apps/cli/cli.h"
#include "apps/cli/input_text.h"
#include "apps/cli/line_reader.h"
#include "apps/cli/program.h"
#include "apps/run/unfinished_run.h"
#include "data/files/files.h"
#include "data/hub/hub_cache.h"
#include "data/tokenizer/tokenizer_files.h"

namespace hone {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::optional<fs::path> vocab;
  std::optional<std::string> model;
  std::optional<bool> lowercase;
  std::optional<int64_t> max_length;
  int64_t threads = 1;
};

// Lines that one thread tokenizes.
struct Part {
  std::string_view lines;
  int64_t first_line = 1;  // the number of the first line in stdin
  std::string output;      // ids of the lines before an error
  std::exception_ptr error;
};

struct Job {
  Tokenizer tokenizer;
  int64_t max_length;  // 0: none
};

int64_t least_limit(std::initializer_list<int64_t> limits) {
  int64_t least = 0;
  for (const int64_t limit : limits) {
    if (limit != 0 && (least == 0 || limit < least)) least = limit;
  }
  return least;
}

Job from_vocabulary(const Options& options) {
  auto loaded = load_vocabulary(*options.vocab, {.lower_case = options.lowercase.value_or(true)});
  for (const auto& warning : loaded.warnings) print_error("tokenize", "warning: " + warning);
  return {std::move(loaded.tokenizer), options.max_length.value_or(0)};
}

Job from_model(const Options& options) {
  const fs::path folder =
      resolve_model(not_unfinished_run(*options.model), "main", ModelParts::tokenizer).folder;
  auto loaded = load_tokenizer(folder);
  for (const auto& warning : loaded.warnings) print_error("tokenize", "warning: " + warning);
  int64_t positions = 0;
  if (present(folder / "config.json")) {
    const auto config = read_config(folder, ConfigHead::ignored);
    check_vocabulary_size(loaded, config.vocab_size);
    positions = config.max_positions;
  }
  auto settings = loaded.options;
  settings.lower_case = options.lowercase.value_or(settings.lower_case);
  return {Tokenizer(loaded.tokenizer.vocabulary(), settings),
          least_limit({options.max_length.value_or(0), loaded.model_max_length, positions})};
}

Encoding encode(const Job& job, std::string_view line) {
  const auto [first, second] = input_text(line);
  return second ? job.tokenizer.encode_pair(first, *second, job.max_length)
                : job.tokenizer.encode(first, job.max_length);
}

void append_ids(std::string& output, const std::vector<int32_t>& ids) {
  char digits[16];
  for (const int32_t id : ids) {
    const auto end = std::to_chars(digits, digits + sizeof digits, id).ptr;
    output.append(digits, end) += ' ';
  }
  output.back() = '\n';
}

void tokenize_part(const Job& job, Part& part) {
  int64_t number = part.first_line;
  const auto place = [&] { return "stdin: line " + std::to_string(number) + ": "; };
  try {
    for (auto rest = part.lines; !rest.empty(); ++number)
      append_ids(part.output, encode(job, take_line(rest)).ids);
  } catch (const DataError& error) {
    part.error = std::make_exception_ptr(DataError(place() + error.what()));
  } catch (const UsageError& error) {
    part.error = std::make_exception_ptr(UsageError(place() + error.what()));
  } catch (...) {
    part.error = std::current_exception();
  }
}

// Cuts `lines` at line ends into parts of about equal size; advances `line` by the number of lines.
std::vector<Part> cut(std::string_view lines, int64_t threads, int64_t& line) {
  std::vector<Part> parts;
  const size_t size = lines.size() / static_cast<size_t>(threads) + 1;
  while (!lines.empty()) {
    const size_t end = lines.find('\n', std::min(size, lines.size()) - 1);
    const auto taken = lines.substr(0, end == std::string_view::npos ? end : end + 1);
    parts.push_back({.lines = taken, .first_line = line, .output = {}, .error = {}});
    line += std::count(taken.begin(), taken.end(), '\n');
    lines.remove_prefix(taken.size());
  }
  return parts;
}

void tokenize_all(const Job& job, int64_t threads) {
  LineReader input(STDIN_FILENO, static_cast<size_t>(threads) << 20);
  int64_t line = 1;
  for (auto lines = input.next_lines(); !lines.empty(); lines = input.next_lines()) {
    auto parts = cut(lines, threads, line);
    {
      std::vector<std::jthread> workers;
      for (size_t i = 1; i < parts.size(); ++i)
        workers.emplace_back([&, i] { tokenize_part(job, parts[i]); });
      tokenize_part(job, parts[0]);
    }
    for (const auto& part : parts) {
      write_output(part.output);
      if (part.error) std::rethrow_exception(part.error);
    }
  }
}

int run(int argc, char** argv) {
  Options options;
  CommandLine command(
      "tokenize",
      "Writes the token ids of each line of stdin, with [CLS] and [SEP], separated by blanks. A TAB in "
      "a line separates a pair.");
  command.add("vocab", options.vocab, "a vocab.txt; either this or --model");
  command.add("model", options.model, "a model's folder, run folder or hub name");
  command.add("lowercase", options.lowercase,
              "lower-case the text (default: as the model says, on with --vocab)");
  command.add("max-length", options.max_length,
              "cut to N tokens (default: the model's limit, none with --vocab)", {.least = 3});
  command.add("threads", options.threads, "threads that tokenize", {.least = 1, .most = 1024});
  if (!command.parse(argc, argv)) return 0;
  if (options.vocab.has_value() == options.model.has_value()) {
    throw UsageError("give either --vocab FILE or --model DIR; see --help");
  }
  tokenize_all(options.vocab ? from_vocabulary(options) : from_model(options), options.threads);
  return 0;
}

}  // namespace
}  // namespace hone

int main(int argc, char** argv) {
  return hone::run_program("tokenize", [&] { return hone::run(argc, argv); });
}

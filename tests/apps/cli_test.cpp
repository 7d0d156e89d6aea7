#include "apps/cli/cli.h"

#include <gmock/gmock.h>

#include <hone/core/error.h>

namespace hone {
namespace {

using testing::HasSubstr;

enum class Mode { slow, fast };
constexpr Choices<Mode, 2> kModes{{{"slow", Mode::slow}, {"fast", Mode::fast}}};

struct Values {
  std::string text = "t";
  int64_t count = 3;
  double rate = 0.5;
  Mode mode = Mode::slow;
  bool flag = true;
  std::optional<std::filesystem::path> path;
  std::optional<int64_t> limit;
  std::optional<bool> maybe;
};

// Parses `arguments` into `values`. Returns the message of the UsageError, or an empty string.
std::string parse(std::vector<const char*> arguments, Values& values) {
  CommandLine command("prog", "Does things.");
  command.add("text", values.text, "a text");
  command.add("count", values.count, "a count", {.least = 0});
  command.add("rate", values.rate, "a rate", {.least = 0, .most = 1});
  command.add_choice("mode", values.mode, kModes, "a mode");
  command.add("flag", values.flag, "a flag");
  command.add("path", values.path, "a path");
  command.add("limit", values.limit, "a limit");
  command.add("maybe", values.maybe, "a flag");
  arguments.insert(arguments.begin(), "prog");
  try {
    EXPECT_TRUE(command.parse(static_cast<int>(arguments.size()), arguments.data()));
    return "";
  } catch (const UsageError& error) {
    return error.what();
  }
}

std::string refusal(const std::vector<const char*>& arguments) {
  Values values;
  const auto message = parse(arguments, values);
  EXPECT_EQ(message.find('\n'), std::string::npos);
  return message;
}

TEST(CommandLine, DefaultsStay) {
  Values values;
  EXPECT_EQ(parse({}, values), "");
  EXPECT_EQ(values.text, "t");
  EXPECT_EQ(values.count, 3);
  EXPECT_TRUE(values.flag);
  EXPECT_EQ(values.path, std::nullopt);
  EXPECT_EQ(values.maybe, std::nullopt);
}

TEST(CommandLine, BothSpellingsSetValues) {
  Values values;
  EXPECT_EQ(parse({"--text", "a b", "--count=7", "--rate", "2e-5", "--mode=fast", "--no-flag", "--path",
                   "/x=[y]", "--limit", "-4", "--maybe", "--"},
                  values),
            "");
  EXPECT_EQ(values.text, "a b");
  EXPECT_EQ(values.count, 7);
  EXPECT_EQ(values.rate, 2e-5);
  EXPECT_EQ(values.mode, Mode::fast);
  EXPECT_FALSE(values.flag);
  EXPECT_EQ(values.path, "/x=[y]");
  EXPECT_EQ(values.limit, -4);
  EXPECT_EQ(values.maybe, true);
}

TEST(CommandLine, UnknownOptionsAreAnsweredWithTheNearest) {
  EXPECT_THAT(refusal({"--cuont", "3"}), HasSubstr("unknown option --cuont; did you mean \"--count\""));
  EXPECT_THAT(refusal({"--no-flga"}), HasSubstr("\"--no-flag\""));
  EXPECT_THAT(refusal({"--zzzzzzzzzz=1"}), HasSubstr("unknown option --zzzzzzzzzz; see --help"));
  EXPECT_THAT(refusal({"-x"}), HasSubstr("unknown option -x"));
  EXPECT_THAT(refusal({"word"}), HasSubstr("unexpected argument \"word\""));
  EXPECT_THAT(refusal({"--", "--text"}), HasSubstr("--text"));
}

TEST(CommandLine, RepeatedOptionsAreRefused) {
  EXPECT_THAT(refusal({"--count", "1", "--count", "1"}), HasSubstr("--count is given more than once"));
  EXPECT_THAT(refusal({"--flag", "--no-flag"}), HasSubstr("--flag is given more than once"));
}

TEST(CommandLine, MissingValuesAreRefused) {
  EXPECT_THAT(refusal({"--count"}), HasSubstr("--count"));
  EXPECT_THAT(refusal({"--text", "--count", "1"}), HasSubstr("--text needs a value, but --count follows"));
  EXPECT_THAT(refusal({"--text=", "x"}), HasSubstr("--text needs a value"));
  EXPECT_THAT(refusal({"--flag=false"}), HasSubstr("--flag takes no value"));
}

TEST(CommandLine, NumbersAreParsedCompletely) {
  for (const char* text : {"3x", "3.0", "", " 3", "0x3", "3,0", "99999999999999999999", "three"}) {
    EXPECT_THAT(refusal({"--limit", text}), HasSubstr("is not an integer")) << text;
  }
  for (const char* text : {"0.5x", "0,5", "nan", "inf", "1e999"}) {
    EXPECT_THAT(refusal({"--rate", text}), HasSubstr("is not a finite number")) << text;
  }
}

TEST(CommandLine, ValuesOutOfRangeAreRefused) {
  EXPECT_THAT(refusal({"--count", "-1"}), HasSubstr("--count: -1 is out of range, expected 0 or more"));
  EXPECT_THAT(refusal({"--rate", "1.5"}), HasSubstr("--rate: 1.5 is out of range, expected 0 to 1"));
  EXPECT_THAT(refusal({"--mode", "quick"}), HasSubstr("--mode: \"quick\" is not one of slow, fast"));
}

TEST(CommandLine, SaysWhichOptionsWereGiven) {
  Values values;
  CommandLine command("prog", "");
  command.add("count", values.count, "");
  command.add("flag", values.flag, "");
  const std::vector<const char*> arguments{"prog", "--no-flag"};
  ASSERT_TRUE(command.parse(2, arguments.data()));
  EXPECT_TRUE(command.given("flag"));
  EXPECT_FALSE(command.given("count"));
}

TEST(CommandLine, HelpAndVersionGoToStdout) {
  CommandLine command("prog", "Does things.");
  int64_t count = 3;
  bool flag = true;
  command.add("count", count, "a count");
  command.add("flag", flag, "a flag");
  const auto output_of = [&](const char* argument) {
    const std::vector<const char*> arguments{"prog", argument};
    testing::internal::CaptureStdout();
    EXPECT_FALSE(command.parse(2, arguments.data()));
    return testing::internal::GetCapturedStdout();
  };
  const auto help = output_of("--help");
  EXPECT_THAT(help, HasSubstr("--count N (3)"));
  EXPECT_THAT(help, HasSubstr("--[no-]flag (on)"));
  EXPECT_EQ(output_of("-h"), help);
  EXPECT_THAT(output_of("--version"), HasSubstr("prog (hone) "));
}

}  // namespace
}  // namespace hone

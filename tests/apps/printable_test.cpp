// Names and texts of others never reach a terminal, a page or a model card as they are.
#include "core/printable.h"
#include "core/quote.h"

#include "apps/report/chart.h"
#include "apps/run/markdown.h"
#include "tests/apps/programs.h"

namespace hone::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST(Printable, EscapesWhatActsOnTheTextAroundIt) {
  EXPECT_EQ(printable("plain \"quoted\" back\\slash \u00e9 \u4f60 \U0001F600"),
            "plain \"quoted\" back\\slash \u00e9 \u4f60 \U0001F600");
  EXPECT_EQ(printable(std::string_view("\0\x1b[2J\a\b\t\n\r\x7f", 11)),
            "\\u0000\\u001b[2J\\u0007\\b\\t\\n\\r\\u007f");
  EXPECT_EQ(printable("\u0080\u009b\u009f\u00a0"), "\\u0080\\u009b\\u009f\u00a0");
  EXPECT_EQ(printable("\u061c\u200e\u200f\u202a\u202e\u2066\u2069"),
            "\\u061c\\u200e\\u200f\\u202a\\u202e\\u2066\\u2069");
  EXPECT_EQ(printable("\u2028\u2029\u200d\u2065"), "\\u2028\\u2029\u200d\u2065");
  EXPECT_EQ(printable("a\xff\xe2\x80"
                      "b\x9b"),
            "a\uFFFD\uFFFD\uFFFD"
            "b\uFFFD");
  EXPECT_EQ(printable_lines("a\x1b\nb\r\n\nc"), "a\\u001b\nb\\r\n\nc");
}

TEST(Printable, IsWhatMessagesAndPagesShow) {
  EXPECT_EQ(shown("a\x1b\u202e\x7f\""), "\"a\\u001b\\u202e\\u007f\\\"\"");
  EXPECT_EQ(html_text("<b>\x1b\u202e&\n"), "&lt;b&gt;\\u001b\\u202e&amp;\\n");
}

TEST(Markdown, ShowsTextAsItIs) {
  EXPECT_EQ(markdown_text("all-MiniLM-L6-v2 on sst"), "all-MiniLM-L6-v2 on sst");
  EXPECT_EQ(markdown_text("# *a* _b_ [c](d) `e` <f> & | ~ \\ ![g] $h$\n"),
            "\\# \\*a\\* \\_b\\_ \\[c\\](d) \\`e\\` \\<f\\> \\& &#124; \\~ \\\\ \\!\\[g\\] \\$h\\$\\\\n");
  EXPECT_EQ(markdown_code("base"), "`base`");
  EXPECT_EQ(markdown_code("a`b``c"), "``` a`b``c ```");
  EXPECT_EQ(markdown_code("`"), "`` ` ``");
  EXPECT_EQ(markdown_block("x\n```\ny"), "````\nx\\n```\\ny\n````\n");
  EXPECT_EQ(markdown_block("sst2 --model base"), "```\nsst2 --model base\n```\n");
}

class HostileNames : public Programs {
 protected:
  // Clears a terminal, reverses the order of what follows, begins a line, and breaks out of Markdown and
  // HTML.
  static constexpr const char* kHostile = "\x1b[2J\u202e\u009b1m\x7f`|<script>*";

  HostileNames() {
    const std::string labels[] = {json_quote(std::string("good\n") + kHostile),
                                  json_quote(std::string("bad\t") + kHostile)};
    std::string rows;
    for (int i = 0; i < 24; ++i) {
      rows += std::string("{\"text\":\"the film is ") + (i % 2 == 0 ? "good" : "bad") +
              " .\",\"label\":" + labels[i % 2] + "}\n";
    }
    folder_.write(data_, rows);
    fs::rename(folder_ / "base", folder_ / model_);
  }

  std::string own(const std::string& name) const { return " --" + name + "-file " + shell_quoted(data_); }

  static void expect_printable(const std::string& text) {
    std::string tabs_aside = text;
    std::ranges::replace(tabs_aside, '\t', ' ');
    EXPECT_EQ(printable_lines(tabs_aside), tabs_aside);
  }

  const std::string model_ = std::string("model\n") + kHostile,
                    data_ = std::string("data\n.jsonl") + kHostile, output_ = std::string("run\n") + kHostile;
};

TEST_F(HostileNames, ReachNothingAsTheyAre) {
  const auto trained =
      run("sst2",
          "--format jsonl --text-column text --label-column label --batch-size 8 --epochs 1 --color never "
          "--model " +
              shell_quoted(model_) + own("train") + own("validation") + " --output " + shell_quoted(output_));
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  expect_printable(trained.out);
  expect_printable(trained.err);
  const fs::path made = folder_ / output_;
  for (const char* file : {"report.html", "model/README.md"}) expect_printable(slurp(made / file));
  EXPECT_EQ(slurp(made / "report.html").find("<script>"), std::string::npos);
  EXPECT_THAT(slurp(made / "model/README.md"), HasSubstr("good\\\\n"));
  const std::string run_folder = " --model " + shell_quoted(output_), text = "the film is good .\n";
  for (const std::string options : {"", " --jsonl", " --logits"}) {
    const auto predicted = run("predict", run_folder + options, text);
    EXPECT_EQ(predicted.exit_code, 0) << predicted.err;
    EXPECT_EQ(std::count(predicted.out.begin(), predicted.out.end(), '\n'), 1);
    expect_printable(predicted.out + predicted.err);
  }
  const auto evaluated = run(
      "evaluate", run_folder + own("validation") + " --format jsonl --text-column text --label-column label");
  EXPECT_EQ(evaluated.exit_code, 0) << evaluated.err;
  expect_printable(evaluated.out + evaluated.err);
  for (const std::string options : {"", " --json"}) {
    const auto inspected = run("inspect", shell_quoted(output_) + options);
    EXPECT_EQ(inspected.exit_code, 0) << inspected.err;
    expect_printable(inspected.out + inspected.err);
  }
}

TEST_F(HostileNames, InMessagesStayOnOneLine) {
  const std::string name = shell_quoted(std::string("absent\n") + kHostile);
  for (const auto& [program_name, options] : std::vector<std::pair<std::string, std::string>>{
           {"predict", "--model " + name},
           {"tokenize", "--vocab " + name},
           {"inspect", name},
           {"sst2", "--model " + shell_quoted(model_) + " --data " + name},
           {"sst2", "--log json --model " + shell_quoted(model_) + " --data " + name},
           {"sst2", "--model " + shell_quoted(model_) + " --resume --output " + name},
           {"sst2", "--config " + name},
           {"sst2", name},
           {"sst2", "--" + name}}) {
    const auto refused = run(program_name, options);
    EXPECT_NE(refused.exit_code, 0);
    expect_printable(refused.out + refused.err);
    EXPECT_EQ(std::count(refused.err.begin(), refused.err.end(), '\n'), 1) << refused.err;
  }
}

}  // namespace
}  // namespace hone::test

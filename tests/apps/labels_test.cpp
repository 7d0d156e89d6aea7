// Tests of labels from end to end: a kept head, the class that F1 is of, labels that are none, many labels.
#include "apps/cli/best_metric.h"
#include "apps/run/figures.h"
#include "apps/run/figures_json.h"
#include "tests/apps/programs.h"

namespace hone::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(BestMetric, HasWords) {
  using Kind = BestMetric::Kind;
  struct Case {
    const char* text;
    BestMetric metric;
  };
  const Case cases[] = {{"accuracy", {}},
                        {"loss", {Kind::loss}},
                        {"mcc", {Kind::mcc}},
                        {"f1", {Kind::f1}},
                        {"macro-f1", {Kind::f1, true}},
                        {"macro-recall", {Kind::recall, true}},
                        {"precision:a b", {Kind::precision, false, "a b"}},
                        {"f1:macro", {Kind::f1, false, "macro"}}};
  for (const auto& [text, metric] : cases) {
    EXPECT_EQ(parse_best_metric(text), metric) << text;
    EXPECT_EQ(text_of(metric), text);
  }
  EXPECT_EQ(parse_best_metric("f1 of ok"), (BestMetric{Kind::f1, false, "ok"}));
  EXPECT_EQ(parse_best_metric("f1_macro"), (BestMetric{Kind::f1, true}));
  for (const char* text : {"", "f2", "f1:", "macro-accuracy", "accuracy:a", "F1"})
    EXPECT_EQ(parse_best_metric(text), std::nullopt) << text;
}

// 99 rows of "ok" and one of "defect", which is never found.
Evaluation one_sided() {
  Evaluation evaluation;
  evaluation.loss = 0.25;
  evaluation.counts.add(1, 1, 99);
  evaluation.counts.add(0, 1, 1);
  return evaluation;
}

TEST(Figures, NameTheirClass) {
  const LabelChoice last{{"defect", "ok"}, 1}, first{{"defect", "ok"}, 0};
  EXPECT_THAT(figures_text(figures_of(one_sided(), last), true),
              HasSubstr("accuracy 99.000 %  f1 of ok 99.497 %  f1 of defect 0.000 %  f1 macro 49.749 %"));
  EXPECT_THAT(
      figures_lines(figures_of(one_sided(), first)),
      HasSubstr(
          "f1 of defect 0.000 %\nprecision of defect 0.000 %\nrecall of defect 0.000 %\nf1 macro 49.749 %"));
  EXPECT_THAT(figures_lines(figures_of(one_sided(), first)),
              HasSubstr("true_negatives 99 false_positives 0 false_negatives 1 true_positives 0"));
  struct Case {
    const char* metric;
    double value;
    const char* description;
  };
  const Case cases[] = {{"accuracy", 0.99, "accuracy"},
                        {"loss", -0.25, "loss"},
                        {"mcc", 0, "mcc"},
                        {"f1", 198.0 / 199, "f1 of ok"},
                        {"recall", 1, "recall of ok"},
                        {"f1:Defect", 0, "f1 of defect"},
                        {"precision:0", 0, "precision of defect"},
                        {"macro-f1", 99.0 / 199, "macro f1"},
                        {"macro-recall", 0.5, "macro recall"}};
  for (const auto& [text, value, description] : cases) {
    const BestMetric metric = parse_best_metric(text).value();
    EXPECT_DOUBLE_EQ(value_of(metric, one_sided(), last), value) << text;
    EXPECT_EQ(description_of(metric, last), description);
  }
  EXPECT_EQ(description_of(parse_best_metric("f1").value(), {{"a", "b", "c"}, {}}), "macro f1");
}

TEST(Figures, AreReadBackToTheSameBits) {
  for (const size_t labels : {2, 3, 50, 51, 4000}) {
    LabelChoice choice;
    for (size_t i = 0; i < labels; ++i) choice.names.push_back("n" + std::to_string(i));
    if (labels == 2) choice.positive = 0;
    Evaluation evaluation;
    evaluation.counts = Confusion(labels);
    evaluation.counts.add(0, 0, 7);
    evaluation.counts.add(1, 0, 3);
    evaluation.counts.add(0, 1, 2);
    const auto json_of = [](const Figures& figures) {
      JsonWriter json;
      json.begin_object();
      write_figures(json, figures);
      return json.end_object().str();
    };
    const std::string text = json_of(figures_of(evaluation, choice));
    EXPECT_EQ(json_of(parse_figures(parse_json(text, "it"))), text) << labels;
    EXPECT_EQ(text.find("worst_confusions") != std::string::npos, labels > 50);
    EXPECT_LT(text.size(), labels > 50 ? 2000u : 20'000u) << labels;
  }
}

class Labels : public Programs {
 protected:
  void save(const std::vector<std::string>& labels) {
    auto config = tiny_config();
    config.labels = labels;
    std::filesystem::remove_all(folder_ / "model");
    write_tiny_model(folder_ / "model", true, config);
  }
  // "sentence,label" rows with these labels, each another sentence.
  void write(const std::string& name, const std::vector<std::string>& labels) {
    std::string text = "sentence,label\n";
    for (size_t i = 0; i < labels.size(); ++i)
      text += name + " film " + std::to_string(i) + ",\"" + labels[i] + "\"\n";
    folder_.write(name, text);
  }
  ProcessResult tune(const std::string& options) const {
    return run("sst2",
               "--model model --train-file train.csv --validation-file dev.csv --output run " + options);
  }
  Json config_of(const std::string& model) const {
    return parse_json(slurp(folder_ / model / "config.json"), "config.json");
  }
};

TEST_F(Labels, AKeptHeadSaysTheSameAfterZeroSteps) {
  save({"positive", "negative", "neutral"});
  write("train.csv", {"neutral", "Positive", "neutral"});
  write("dev.csv", {"negative", "1"});
  const auto result = tune("--max-steps 0");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("labels: took \"Positive\" for \"positive\" (1 row)"));
  EXPECT_THAT(result.err, HasSubstr("warning: labels: no training row has this label: \"negative\""));
  EXPECT_EQ(config_of("run/model").at("id2label").get_string("0", ""), "positive");
  EXPECT_EQ(config_of("run/model").at("id2label").get_string("2", ""), "neutral");
  const std::string text = "the film is good .\nthe plot is bad .\n";
  EXPECT_EQ(run("predict", "--model run", text).out, run("predict", "--model model", text).out);
  EXPECT_EQ(run("evaluate", "--model run --quiet --test-file dev.csv").out,
            run("evaluate", "--model model --quiet --test-file dev.csv").out);
}

TEST_F(Labels, ADataSetKeepsTheModelsOrder) {
  save({"POSITIVE", "NEGATIVE"});
  const auto result = run("sst2", "--model model --data data --max-steps 0 --output run");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(config_of("run/model").at("id2label").get_string("0", ""), "POSITIVE");
  EXPECT_EQ(events("run", "eval")[0].get_string("positive_label", ""), "POSITIVE");
  EXPECT_THAT(run("evaluate", "--model run --data data --quiet --split test").out,
              HasSubstr("f1 of POSITIVE"));
  save({"LABEL_0", "LABEL_1"});
  ASSERT_EQ(run("sst2", "--model model --data data --max-steps 0 --output named").exit_code, 0);
  EXPECT_EQ(config_of("named/model").at("id2label").get_string("1", ""), "positive");
  save({"duplicate", "not_duplicate"});
  ASSERT_EQ(run("qqp", "--model model --data data --max-steps 0 --output pairs").exit_code, 0);
  EXPECT_EQ(events("pairs", "eval")[0].get_string("positive_label", ""), "duplicate");
}

TEST_F(Labels, OtherNamesNeedANewHead) {
  save({"positive", "negative"});
  write("train.csv", {"good", "bad"});
  write("dev.csv", {"good"});
  const auto refused = tune("");
  expect_failure(refused, 3, "expected one of \"positive\", \"negative\"");
  EXPECT_THAT(refused.err, HasSubstr("the data has \"good\", \"bad\""));
  EXPECT_THAT(refused.err, HasSubstr("--new-head"));
  const auto fresh = tune("--new-head --max-steps 0");
  EXPECT_EQ(fresh.exit_code, 0) << fresh.err;
  EXPECT_EQ(config_of("run/model").at("id2label").get_string("0", ""), "bad");
}

TEST_F(Labels, ThePositiveLabelAndTheBestMetricAreChosen) {
  save({"defect", "ok"});
  std::vector<std::string> rows(99, "ok");
  rows.push_back("defect");
  write("train.csv", rows);
  write("dev.csv", {"ok", "defect", "ok"});
  const auto result = tune("--max-steps 1 --positive-label Defect --best-metric f1:ok --patience 1");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("  f1 of defect "));
  EXPECT_THAT(result.out, HasSubstr("  f1 of ok "));
  EXPECT_THAT(result.out, HasSubstr("  f1 macro "));
  EXPECT_THAT(result.err, HasSubstr("f1 of defect"));
  EXPECT_THAT(slurp(folder_ / "run/model/README.md"), HasSubstr("| F1 of defect | F1 of ok | F1 macro |"));
  EXPECT_THAT(slurp(folder_ / "run/report.html"), HasSubstr("F1 macro"));
  const Json eval = events("run", "eval")[0];
  EXPECT_EQ(eval.get_string("average", ""), "binary");
  EXPECT_EQ(eval.at("labels").as_array("")[1].get_string("label", ""), "ok");
  EXPECT_NE(eval.find("recall_macro"), nullptr);
  expect_failure(run("sst2", "--model model --data data --best-metric f9"), 2,
                 "is none of accuracy, loss, mcc");
  for (const std::string option : {"--positive-label fine", "--best-metric recall:fine"}) {
    expect_failure(run("sst2", "--model model --train-file train.csv --validation-file dev.csv " + option), 2,
                   "the classifier has no label \"fine\"; its labels are \"defect\", \"ok\"");
  }
}

TEST_F(Labels, ThatAreNoneAreWarnedOf) {
  write("train.csv", {"positive", "positive ", "Positive", "negative", "negative", "-1", "", "nan"});
  write("dev.csv", {"positive", "neutral"});
  write("test.csv", {"-1", "-1"});
  const auto result =
      run("sst2",
          "--model base --train-file train.csv --validation-file dev.csv --test-file test.csv "
          "--max-steps 0 --output run");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const char* text :
       {"train.csv: 3 of 8 rows have no label and are skipped", "labels: took \"positive \" for \"positive\"",
        "\"Positive\" for \"positive\"", "no training row has this label: \"neutral\" (1 validation rows)",
        "the test split has no labels and is skipped"}) {
    EXPECT_THAT(result.err, HasSubstr(text));
  }
  EXPECT_EQ(events("run").front().at("data").at("train").get_int("unlabelled", 0), 3);
  EXPECT_EQ(config_of("run/model").at("id2label").as_object("").size(), 3u);
}

// In file order the first half of the rows has one label alone.
TEST_F(Labels, ASampleIsTakenInsteadOfTheFirstRows) {
  std::vector<std::string> rows(50, "a");
  rows.insert(rows.end(), 50, "b");
  write("train.csv", rows);
  write("dev.csv", rows);
  const std::string options = "--model base --train-file train.csv --validation-file dev.csv --max-steps 0 ";
  const auto sampled = run("sst2", options + "--max-train-samples 20 --max-eval-samples 20 --output run");
  ASSERT_EQ(sampled.exit_code, 0) << sampled.err;
  EXPECT_THAT(sampled.err, Not(HasSubstr("no training row")));
  EXPECT_THAT(sampled.err, testing::ContainsRegex("train: 20 rows, [1-9][0-9]* a, [1-9][0-9]* b"));
  EXPECT_THAT(sampled.err, testing::ContainsRegex("validation: 20 rows, [1-9][0-9]* a, [1-9][0-9]* b"));
  ASSERT_EQ(run("sst2", options + "--max-train-samples 20 --max-eval-samples 20 --output again").exit_code,
            0);
  const auto hash = [&](const std::string& output) {
    return events(output).front().at("data").get_string("hash", "");
  };
  EXPECT_EQ(hash("run"), hash("again"));
  ASSERT_EQ(run("sst2", options + "--max-train-samples 20 --seed 43 --output other").exit_code, 0);
  EXPECT_NE(hash("run"), hash("other"));
  const auto ordered = run("sst2",
                           "--model base --train-file train.csv --validation-file dev.csv --no-shuffle "
                           "--max-steps 2 --batch-size 10 --output ordered");
  EXPECT_THAT(ordered.err, HasSubstr("the first 20 rows in file order, which have no \"b\""));
  const auto one = run("sst2", options + "--max-train-samples 1 --max-eval-samples 1 --output one");
  EXPECT_THAT(one.err, testing::ContainsRegex("the sample of 1 validation rows has none with \"[ab]\""));
  EXPECT_EQ(one.exit_code, 0);
  EXPECT_THAT(one.err, HasSubstr("the sample left out its 50 rows"));
}

// Work, memory and files must grow with the labels, not with their square.
TEST_F(Labels, ManyLabelsTrainAndEvaluateInBoundedMemory) {
  for (const size_t count : {500, 4000, 100'000}) {
    std::vector<std::string> labels;
    for (size_t i = 0; i < count; ++i) labels.push_back("name" + std::to_string(i));
    write("train.csv", labels);
    labels.resize(300);
    write("dev.csv", labels);
    const std::string output = "run" + std::to_string(count);
    const auto result = run("sst2",
                            "--model base --train-file train.csv --validation-file dev.csv --max-steps 2 "
                            "--preset hf-trainer --output " +
                                output);
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_LT(result.err.size(), 8000u);
    const auto size = [&](const char* name) { return std::filesystem::file_size(folder_ / output / name); };
    EXPECT_LT(size("report.html"), 200'000u) << count;
    EXPECT_LT(size("metrics.jsonl"), 20'000u) << count;
    EXPECT_LT(size("model/README.md"), 4000u) << count;
    const Json last = events(output, "result").at(0);
    EXPECT_LT(last.get_int("peak_memory_bytes", 0), 1'000'000'000) << count;
    const auto figures = run("evaluate", "--quiet --test-file dev.csv --model " + output);
    ASSERT_EQ(figures.exit_code, 0) << figures.err;
    EXPECT_LT(figures.out.size(), 3000u);
    const auto answers = run("predict", "--model " + output, "good\nbad\ngood\n");
    ASSERT_EQ(answers.exit_code, 0) << answers.err;
    EXPECT_EQ(std::count(answers.out.begin(), answers.out.end(), '\t'), 3 * static_cast<int64_t>(count));
    EXPECT_THAT(figures.out, HasSubstr("f1 macro "));
    char expected[50];
    std::snprintf(expected, sizeof expected, "accuracy   %.3f %%\n",
                  100 * last.at("validation").get_number("accuracy", -1));
    EXPECT_THAT(figures.out, HasSubstr(expected));
  }
}

}  // namespace
}  // namespace hone::test

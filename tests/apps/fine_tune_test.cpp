// Tests of sst2 and qqp from end to end.
#include <cmath>
#include <csignal>

#include "data/files/sha256.h"
#include "tests/apps/programs.h"
#include "tests/support/real_data.h"

namespace hone::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class FineTune : public Programs {
 protected:
  void expect_steps(const std::string& output, size_t count, double learning_rate) {
    const auto steps = events(output, "step");
    ASSERT_EQ(steps.size(), count);
    for (size_t i = 0; i < count; ++i) {
      EXPECT_EQ(steps[i].get_int("step", 0), static_cast<int64_t>(i) + 1);
      EXPECT_GT(steps[i].get_number("loss", 0), 0);
      EXPECT_GT(steps[i].get_number("grad_norm", 0), 0);
      EXPECT_GT(steps[i].get_int("tokens", 0), 0);
      EXPECT_GT(steps[i].get_number("seconds", 0), 0);
      EXPECT_EQ(steps[i].get_number("learning_rate", 0), learning_rate);
    }
  }
  // The events of a run without the fields that differ from run to run, such as times.
  std::string timeless_metrics(const std::string& output) const {
    std::string text;
    for (const Json& event : events(output)) {
      const auto kind = event.get_string("event", "");
      if (kind != "step" && kind != "eval") continue;
      for (const char* key : {"loss", "grad_norm", "accuracy"}) {
        text += std::to_string(event.get_number(key, -1)) + " ";
      }
    }
    return text;
  }
};

TEST_F(FineTune, Sst2LearnsRecordsAndSaves) {
  const auto result =
      run("sst2", "--model base --data data --learning-rate 0.01 --batch-size 8 --epochs 8 --output run");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  expect_steps("run", 40, 0.01);
  const auto evals = events("run", "eval");
  ASSERT_EQ(evals.size(), 10u);  // before training, after each epoch, on the test split
  EXPECT_EQ(evals[0].get_int("epoch", -1), 0);
  EXPECT_EQ(evals[8].get_string("split", ""), "validation");
  EXPECT_EQ(evals[8].get_int("rows", 0), 13);
  EXPECT_EQ(evals[9].get_string("split", ""), "test");
  EXPECT_EQ(evals[9].get_number("accuracy", 0), 1) << "the task is easy: " << result.out;
  EXPECT_EQ(evals[9].get_number("f1", 0), 1);
  EXPECT_LT(evals[8].get_number("loss", 9), evals[0].get_number("loss", 0));

  const auto all = events("run");
  EXPECT_EQ(all.front().get_string("event", ""), "start");
  EXPECT_EQ(all.front().at("data").at("train").get_int("rows", 0), 40);
  const Json& hashes = all.front().at("file_hashes");
  for (const char* name : {"config.json", "vocab.txt", "model.safetensors"})
    EXPECT_EQ(hashes.get_string(name, ""), digest_of_file(folder_ / "base" / name).sha256) << name;
  EXPECT_EQ(all.front().at("data").get_string("hash", "").size(), 64u);
  EXPECT_EQ(all.back().get_string("event", ""), "result");
  EXPECT_EQ(all.back().get_int("steps", 0), 40);
  EXPECT_GT(all.back().get_int("peak_memory_bytes", 0), 1000000);
  EXPECT_EQ(all.back().at("test").get_number("accuracy", 0), 1);
  EXPECT_EQ(names_in(folder_ / "run"),
            (std::vector<std::string>{"best", "ckpt-00000035", "ckpt-00000040", "latest", "lock",
                                      "metrics.csv", "metrics.jsonl", "model", "report.html", "run.json"}));
}

TEST_F(FineTune, StdoutHoldsResultsAndStderrTheLog) {
  const auto result = train("sst2", "run", "--epochs 1 --log-every 2");
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 3) << result.out;
  EXPECT_THAT(result.out,
              testing::MatchesRegex("epoch 0  validation  loss 0\\.[0-9]{6}  accuracy [0-9]+\\.[0-9]{3} %\n"
                                    "epoch 1  validation  .*\nepoch 1  test .*\n"));
  for (const char* text : {"preset blog", "learning-rate 0.001 (2e-05)", "bert: 2 layers", "train: 40 rows",
                           "new 2 (classifier.weight, classifier.bias)", "step 4/5", "step 5/5",
                           "peak memory", "predict --model run"}) {
    EXPECT_THAT(result.err, HasSubstr(text));
  }
  EXPECT_THAT(result.err + result.out, Not(HasSubstr("\r")));
  EXPECT_THAT(result.err + result.out, Not(HasSubstr("\x1b")));
  const auto bar = train("sst2", "with_bar", "--epochs 1 --progress on");
  EXPECT_THAT(bar.err, HasSubstr("\r"));
  EXPECT_EQ(bar.out, result.out);
  EXPECT_THAT(train("sst2", "lines", "--epochs 1 --log-every 2 --progress off").err, HasSubstr("step 4/5"));
  EXPECT_EQ(train("sst2", "quiet", "--epochs 1 --quiet").err, "");
  EXPECT_THAT(train("sst2", "profile", "--epochs 1 --quiet --profile").err, HasSubstr("gemm"));
}

TEST_F(FineTune, QqpTrainsOnPairsWithTokenTypesZero) {
  const auto result = train("qqp", "run", "--epochs 1");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  expect_steps("run", 3, 1e-3);
  const auto evals = events("run", "eval");
  ASSERT_EQ(evals.size(), 2u);  // there is no test split
  const Json& counts = evals[1].at("confusion");
  EXPECT_EQ(counts.get_int("true_negatives", -1) + counts.get_int("false_positives", -1) +
                counts.get_int("false_negatives", -1) + counts.get_int("true_positives", -1),
            11);
  for (const char* key : {"f1", "precision", "recall", "mcc"}) EXPECT_NE(evals[1].find(key), nullptr) << key;
  EXPECT_THAT(result.out, HasSubstr("  f1 of duplicate "));
  EXPECT_THAT(result.out, HasSubstr("  f1 of not_duplicate "));
  EXPECT_THAT(result.out, HasSubstr("  f1 macro "));
  EXPECT_THAT(result.err, HasSubstr("the test split is skipped"));
  EXPECT_THAT(slurp(folder_ / "run/model/config.json"), HasSubstr("not_duplicate"));
  const auto config = parse_json(slurp(folder_ / "run/model/tokenizer_config.json"), "tokenizer_config.json");
  EXPECT_EQ(config.at("model_input_names").as_array("names").size(), 2u) << "no token_type_ids";
}

TEST_F(FineTune, OwnFilesHaveAnyNumberOfLabels) {
  std::string rows = "text\tmood\n";
  for (int i = 0; i < 10; ++i)
    rows += "the film is good .\tglad\nthe plot is bad .\tsad\nthe actor is dull .\tbored\n";
  folder_.write("own/train.tsv", rows + "the plot is \xFF .\tsad\n");
  folder_.write("own/dev.jsonl",
                "{\"mood\": \"glad\", \"text\": \"the film is good .\"}\n{\"mood\": \"sad\", \"text\": \"the "
                "plot is bad .\"}\n");
  const std::string files =
      "--train-file own/train.tsv --validation-file own/dev.jsonl --text-column text "
      "--label-column mood --encoding-errors replace";
  expect_failure(run("sst2", "--model base " + files + " --dataset qqp"), 2,
                 "--dataset: rows come from --train-file");
  const auto result =
      run("sst2", "--model base " + files + " --learning-rate 0.01 --batch-size 8 --epochs 45 --output run");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("own/train.tsv: text from \"text\", label from \"mood\""));
  EXPECT_THAT(result.err,
              HasSubstr("31 rows, 10 bored, 10 glad, 11 sad, 1 invalid UTF-8 sequences replaced"));
  EXPECT_THAT(result.out, HasSubstr("f1 macro 100.000 %"));
  EXPECT_EQ(events("run").front().at("data").at("train").get_int("replaced", 0), 1);
  EXPECT_EQ(events("run", "eval").back().at("confusion").as_array("").size(), 3u);
  const auto config = parse_json(slurp(folder_ / "run/model/config.json"), "config.json");
  EXPECT_EQ(config.at("id2label").get_string("2", ""), "sad");
  const auto answer = run("predict", "--model run", "the plot is bad .\nthe film is good .\n");
  EXPECT_THAT(answer.out, testing::MatchesRegex("sad\t[0-9.]+\t[0-9.]+\t[0-9.]+\nglad\t.*\n"));
  const auto figures =
      run("evaluate", "--model run --quiet --test-file own/dev.jsonl --text-column text --label-column mood");
  EXPECT_THAT(figures.out, HasSubstr("f1 macro 100.000 %"));
  EXPECT_THAT(figures.out, HasSubstr("confusion  glad: bored 0 glad 1 sad 0\n"));
  EXPECT_EQ(run("sst2", "--model base " + files +
                            " --epochs 46 --learning-rate 0.01 --batch-size 8 --output run --resume")
                .exit_code,
            0);
  EXPECT_EQ(events("run", "eval").size(), 47u) << "the evaluations were read back";
  expect_failure(run("sst2", "--model base --train-file own/train.tsv"), 2,
                 "--validation-file are needed together");
  expect_failure(run("sst2", "--model base --data data " + files), 2, "drop one of them");
  expect_failure(run("sst2", "--model run --data data"), 4, "classifier");
  EXPECT_EQ(run("sst2", "--model run --data data --new-head --max-steps 0 --output new").exit_code, 0);
}

TEST_F(FineTune, SeveralRunsReportEveryValueAndTheirSpread) {
  const std::string options =
      "--model base --data data --learning-rate 1e-3 --batch-size 8 --epochs 1 --seed 7 --runs 3 --output "
      "all";
  const auto result = run("sst2", options + " --quiet");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(names_in(folder_ / "all"),
            (std::vector<std::string>{"report.html", "runs.json", "seed-7", "seed-8", "seed-9"}));
  const Json runs = parse_json(slurp(folder_ / "all/runs.json"), "runs.json");
  const Json& figure = runs.at("figures").as_array("")[2];
  EXPECT_EQ(figure.get_string("name", ""), "validation loss");
  double sum = 0, squares = 0, mean = figure.get_number("mean", 0);
  for (int i = 0; i < 3; ++i) {
    const double value = figure.at("values").as_array("")[static_cast<size_t>(i)].as_number("");
    const auto one = events("all/seed-" + std::to_string(7 + i), "result").at(0);
    EXPECT_EQ(value, one.at("validation").get_number("loss", 0));
    sum += value;
    squares += (value - mean) * (value - mean);
  }
  EXPECT_DOUBLE_EQ(mean, sum / 3);
  EXPECT_NEAR(figure.get_number("standard_deviation", 0), std::sqrt(squares / 2), 1e-15);
  for (const char* text : {"3 runs", "validation loss", "test accuracy", "std dev", "seed-9"}) {
    EXPECT_THAT(result.out, HasSubstr(text));
  }
  EXPECT_EQ(train("sst2", "alone", "--epochs 1 --seed 8").exit_code, 0);
  EXPECT_EQ(weights("alone"), weights("all/seed-8")) << "a run of several is the run alone";
  const std::string before = slurp(folder_ / "all/runs.json");
  std::filesystem::remove_all(folder_ / "all/seed-9");
  const auto resumed = run("sst2", options + " --resume");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("all/seed-8: the run has come to its end"));
  EXPECT_EQ(slurp(folder_ / "all/runs.json"), before);
}

TEST_F(FineTune, TheLogCanBeJson) {
  const auto result = train("sst2", "run", "--epochs 1 --log json --save-every 2");
  ASSERT_EQ(result.exit_code, 0) << result.err;
  std::vector<std::string> kinds;
  for (std::string rest = result.out; !rest.empty(); rest.erase(0, rest.find('\n') + 1)) {
    kinds.push_back(parse_json(rest.substr(0, rest.find('\n')), "stdout").get_string("event", ""));
  }
  EXPECT_EQ(kinds.front(), "start");
  EXPECT_EQ(kinds.back(), "result");
  for (const char* kind : {"step", "eval", "checkpoint"}) EXPECT_THAT(kinds, testing::Contains(kind));
  EXPECT_THAT(result.err, HasSubstr("preset blog"));
  for (const std::string options : {"--log json --epoch 3", "--log=json --data data --model nowhere"}) {
    const auto failed = run("sst2", options);
    const Json event = parse_json(failed.out.substr(0, failed.out.find('\n')), "stdout");
    EXPECT_EQ(event.get_string("event", ""), "error");
    EXPECT_EQ(event.get_int("code", 0), failed.exit_code);
    EXPECT_EQ(event.get_string("kind", ""), failed.exit_code == 2 ? "usage" : "model");
  }
}

TEST_F(FineTune, ColourFollowsTheOptionAndTheEnvironment) {
  const auto coloured = [&](const std::string& environment, const std::string& options) {
    const auto result =
        run_process("cd " + path("") + " && rm -rf c && unset NO_COLOR CLICOLOR_FORCE && " + environment +
                    " " + program("sst2") + " " + training_options("c") + " --max-steps 0 " + options);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_THAT(result.out, Not(HasSubstr("\x1b")));
    return result.err.find("\x1b[1m") != std::string::npos;
  };
  EXPECT_FALSE(coloured("", ""));
  EXPECT_TRUE(coloured("", "--color always"));
  EXPECT_TRUE(coloured("NO_COLOR=1", "--color always"));
  EXPECT_TRUE(coloured("NO_COLOR= CLICOLOR_FORCE=1", ""));
  EXPECT_FALSE(coloured("NO_COLOR=1 CLICOLOR_FORCE=1", ""));
  EXPECT_FALSE(coloured("CLICOLOR_FORCE=0", ""));
  EXPECT_FALSE(coloured("CLICOLOR_FORCE=1", "--color never"));
}

TEST_F(FineTune, MetricsAreATableToo) {
  ASSERT_EQ(train("sst2", "run", "--epochs 1").exit_code, 0);
  const std::string table = slurp(folder_ / "run/metrics.csv");
  EXPECT_THAT(table, testing::StartsWith(
                         "event,split,epoch,step,loss,accuracy,f1,learning_rate,grad_norm,tokens,"
                         "sequences,rows,seconds,precision,recall,mcc,average,positive_label,f1_macro,"
                         "precision_macro,recall_macro\neval,validation,0,0,0."));
  EXPECT_THAT(table, HasSubstr(",binary,positive,"));
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 1 + 5 + 3);
  EXPECT_EQ(std::count(table.begin(), table.end(), ','), 20 * (1 + 5 + 3));
}

TEST_F(FineTune, AHeadCanBeReplaced) {
  ASSERT_EQ(train("sst2", "first", "--epochs 1").exit_code, 0);
  const auto result = run("sst2", "--model first --new-head --data data --epochs 0 --output second");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err,
              HasSubstr("loaded 39 tensors, new 2 (classifier.weight, classifier.bias), ignored 2"));
  EXPECT_NE(weights("first"), weights("second"));
}

TEST_F(FineTune, TheSavedModelGivesTheSameFigures) {
  for (const std::string program_name : {"sst2", "qqp"}) {
    ASSERT_EQ(train(program_name, program_name, "--epochs 2 --eval-batch-size 5").exit_code, 0);
    const auto last = events(program_name, "result").at(0).at("validation");
    const auto result = run("evaluate", "--data data --batch-size 5 --quiet --model " + program_name);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    char expected[200];
    std::snprintf(expected, sizeof expected, "loss       %.6f\naccuracy   %.3f %%\n",
                  last.get_number("loss", 0), 100 * last.get_number("accuracy", 0));
    EXPECT_THAT(result.out, HasSubstr(expected));
  }
}

TEST_F(FineTune, ARunGoesOnFromAnother) {
  ASSERT_EQ(train("sst2", "first", "--epochs 1").exit_code, 0);
  const auto second = run("sst2", "--model first --data data --epochs 0 --output second");
  EXPECT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(weights("first"), weights("second"));
  EXPECT_THAT(second.err, HasSubstr("loaded 41 tensors, new 0"));
}

TEST_F(FineTune, TheSameSeedGivesTheSameBits) {
  ASSERT_EQ(train("sst2", "one", "--threads 1").exit_code, 0);
  ASSERT_EQ(train("sst2", "two", "--threads 2").exit_code, 0);
  ASSERT_EQ(train("sst2", "again", "--threads 2").exit_code, 0);
  ASSERT_EQ(train("sst2", "other", "--threads 1 --seed 43").exit_code, 0);
  EXPECT_EQ(weights("one"), weights("two"));
  EXPECT_EQ(weights("two"), weights("again"));
  EXPECT_EQ(timeless_metrics("one"), timeless_metrics("two"));
  EXPECT_NE(weights("one"), weights("other"));
}

TEST_F(FineTune, ShufflingCanBeTurnedOff) {
  ASSERT_EQ(train("sst2", "a", "--no-shuffle --max-steps 1").exit_code, 0);
  ASSERT_EQ(train("sst2", "b", "--no-shuffle --max-steps 1 --seed 42").exit_code, 0);
  ASSERT_EQ(train("sst2", "c", "--max-steps 1").exit_code, 0);
  EXPECT_EQ(weights("a"), weights("b"));
  EXPECT_NE(weights("a"), weights("c"));
}

TEST_F(FineTune, SmallestRunsAreLegal) {
  EXPECT_EQ(train("sst2", "none", "--max-steps 0").exit_code, 0);
  EXPECT_EQ(events("none", "step").size(), 0u);
  EXPECT_EQ(events("none", "eval").size(), 2u);
  EXPECT_EQ(train("sst2", "one", "--max-train-samples 1 --epochs 1").exit_code, 0);
  EXPECT_EQ(events("one", "step").size(), 1u);
  EXPECT_EQ(run("sst2", "--model base --data data --batch-size 1000 --epochs 2 --output large").exit_code, 0);
  EXPECT_EQ(events("large", "step").size(), 2u);
  EXPECT_EQ(train("sst2", "middle", "--max-steps 7").exit_code, 0);
  EXPECT_EQ(events("middle", "step").size(), 7u);
  EXPECT_EQ(events("middle", "eval").back().get_int("epoch", 0), 2);
  EXPECT_EQ(run("predict", "--model none", "good\n").exit_code, 0);
}

TEST_F(FineTune, RandomWeightsNeedNoWeightFile) {
  std::filesystem::remove(folder_ / "base/model.safetensors");
  EXPECT_EQ(train("sst2", "run", "--init random --max-steps 1").exit_code, 0);
  EXPECT_EQ(run("predict", "--model run", "good\n").exit_code, 0);
}

TEST_F(FineTune, DistilBertAndTorchAdamWTrainToo) {
  write_tiny_model(folder_ / "distil", false, tiny_config(ModelType::distilbert));
  const auto result =
      run("sst2",
          "--model distil --data data --optimizer torch-adamw --weight-decay 0.01 --adam-eps 1e-8 "
          "--learning-rate 1e-3 --max-steps 3 --output run");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("optimizer torch-adamw (hf-adamw)"));
  EXPECT_EQ(run("evaluate", "--model run --data data --split test").exit_code, 0);
}

// 13 validation rows in batches of 8 and 5: the mean over rows differs from the mean of the batches' means.
TEST_F(FineTune, HfTrainerEvaluatesAsTransformersDoes) {
  const std::string options = "--preset hf-trainer --epochs 2";
  const auto result = train("sst2", "run", options);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(
      result.err,
      HasSubstr("recipe    preset hf-trainer, but for model base (distilbert-base-uncased), epochs 2 (3), "
                "learning-rate 0.001 (5e-05)\n"));
  EXPECT_THAT(result.err, HasSubstr("gradients clipped to norm 1"));
  EXPECT_THAT(result.err, HasSubstr("learning rate 0.001 linear"));
  const auto evals = events("run", "eval");
  ASSERT_EQ(evals.size(), 3u) << "after each epoch and on the test split";
  EXPECT_EQ(evals[0].get_int("epoch", 0), 1);
  const auto steps = events("run", "step");
  for (size_t i = 0; i < 10; ++i) {
    EXPECT_DOUBLE_EQ(steps[i].get_number("learning_rate", 0), 1e-3 * static_cast<double>(10 - i) / 10);
  }
  ASSERT_EQ(train("sst2", "whole", options + " --eval-batch-size 13").exit_code, 0);
  const double loss = events("whole", "eval")[0].get_number("loss", 0);
  EXPECT_NEAR(evals[0].get_number("loss", 0), loss, 1e-6 * loss) << "the loss is the mean over rows";
  EXPECT_EQ(train("sst2", "none", "--preset hf-trainer --max-steps 0").exit_code, 0);
  EXPECT_EQ(events("none", "eval").size(), 2u);
  EXPECT_THAT(slurp(folder_ / "none/run.json"), HasSubstr("\"dataset\": \"sst\"")) << "as with any preset";
  EXPECT_EQ(events("none").front().get_string("preset", ""), "hf-trainer");
  expect_failure(train("sst2", "glue", "--preset hf-trainer --dataset glue-sst2"), 3,
                 "no data set glue-sst2");
}

TEST_F(FineTune, HfTrainerGivesPairsTheirTokenTypes) {
  ASSERT_EQ(train("qqp", "run", "--preset hf-trainer --epochs 1").exit_code, 0);
  const auto config = parse_json(slurp(folder_ / "run/model/tokenizer_config.json"), "tokenizer_config.json");
  const Json* names = config.find("model_input_names");
  EXPECT_TRUE(names == nullptr || names->as_array("names").size() == 3u);
  const auto result = run("evaluate", "--model run --data data --quiet --batch-size 100");
  const auto last = events("run", "eval").back();
  char expected[100];
  std::snprintf(expected, sizeof expected, "loss       %.6f\n", last.get_number("loss", 0));
  EXPECT_THAT(result.out, HasSubstr(expected));
}

TEST_F(FineTune, AccumulatedBatchesAreOneStep) {
  ASSERT_EQ(run("sst2", "--model base --data data --batch-size 8 --epochs 1 --output whole").exit_code, 0);
  ASSERT_EQ(run("sst2", "--model base --data data --batch-size 4 --accumulate 2 --epochs 1 --output parts")
                .exit_code,
            0);
  const auto whole = events("whole", "step"), parts = events("parts", "step");
  ASSERT_EQ(parts.size(), whole.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    EXPECT_NEAR(parts[i].get_number("loss", 0), whole[i].get_number("loss", 9), 1e-4);
    EXPECT_EQ(parts[i].get_int("tokens", 0), whole[i].get_int("tokens", 1));
  }
}

TEST_F(FineTune, SubsetsAndPatience) {
  ASSERT_EQ(train("sst2", "run", "--overfit-batches 2 --epochs 2 --max-eval-samples 5").exit_code, 0);
  EXPECT_EQ(events("run", "step").size(), 4u);
  for (const Json& eval : events("run", "eval")) EXPECT_EQ(eval.get_int("rows", 0), 5);
  const auto stopped =
      run("sst2", "--model base --data data --learning-rate 0 --patience 2 --epochs 9 --output still");
  EXPECT_EQ(stopped.exit_code, 0);
  EXPECT_EQ(events("still", "result").at(0).get_int("epochs", 0), 3);
  EXPECT_THAT(stopped.err, HasSubstr("no better validation accuracy in 2 evaluations"));
}

TEST_F(FineTune, SignalsSaveACheckpointOfTheStep) {
  std::vector<int> numbers{SIGINT, SIGTERM};
  struct sigaction inherited = {};
  sigaction(SIGHUP, nullptr, &inherited);
  if (inherited.sa_handler != SIG_IGN) numbers.push_back(SIGHUP);  // under nohup it stays ignored
  for (const int number : numbers) {
    const std::string output = "run" + std::to_string(number);
    const auto result = run_process("cd " + path("") + " && exec " + program("sst2") + " " +
                                        training_options(output) + " --epochs 100000 --log-every 1",
                                    "", number, "step 5/");
    EXPECT_EQ(result.exit_code, 128 + number) << result.err;
    const auto all = events(output);
    EXPECT_EQ(all.back().get_string("event", ""), "error");
    EXPECT_EQ(all.back().get_string("kind", ""), "interrupted");
    EXPECT_EQ(all.back().get_int("code", 0), 128 + number);
    EXPECT_THAT(result.err, HasSubstr("steps is saved in " + output + "/ckpt-0000"));
  }
}

TEST_F(FineTune, ALimitOnFileSizesIsAnError) {
  const auto result = run_process("cd " + path("") + " && ulimit -f 1 && exec " + program("sst2") + " " +
                                  training_options("run") + " --quiet");
  EXPECT_EQ(result.exit_code, 1) << result.err;
  EXPECT_THAT(result.err, HasSubstr("File too large"));
}

TEST_F(FineTune, ALossThatIsNotFiniteEndsTheRunAfterSaving) {
  const auto result =
      run("sst2", "--model base --data data --learning-rate 1e30 --batch-size 8 --output run");
  EXPECT_EQ(result.exit_code, 5) << result.err;
  EXPECT_THAT(result.err, HasSubstr("must be finite"));
  EXPECT_EQ(events("run").back().get_string("kind", ""), "nonfinite");
  EXPECT_EQ(events("run").back().get_int("code", 0), 5);
  // The saved checkpoint loads, so its weights are finite; the step that failed fails again.
  const auto again =
      run("sst2", "--model base --data data --learning-rate 1e30 --batch-size 8 --output run --resume");
  EXPECT_EQ(again.exit_code, 5) << again.err;
  EXPECT_EQ(again.err.substr(again.err.find("sst2: ")), result.err.substr(result.err.find("sst2: ")));
}

TEST_F(FineTune, StepsThatAreNotFiniteCanBeSkipped) {
  const auto result = run("sst2",
                          "--model base --data data --learning-rate 1e30 --batch-size 2 --output run "
                          "--on-nonfinite skip --log-every 1");
  EXPECT_EQ(result.exit_code, 5) << result.err;
  EXPECT_THAT(result.err, HasSubstr("10 steps in a row were skipped"));
  EXPECT_THAT(result.err, HasSubstr("  skipped 3\n"));
  EXPECT_EQ(events("run", "step").back().get_int("skipped", 0), 10);
  EXPECT_TRUE(events("run", "step").back().at("loss").is_null());
}

TEST_F(FineTune, StdoutMayBeClosedOrFull) {
  EXPECT_EQ(train("sst2", "closed", "--max-steps 1 >&-").exit_code, 0);
  EXPECT_EQ(events("closed", "result").size(), 1u);
  const auto full = train("sst2", "full", "--max-steps 1 >/dev/full");
  EXPECT_EQ(full.exit_code, 0);
  EXPECT_THAT(full.err, HasSubstr("stdout: cannot write"));
}

TEST_F(FineTune, RunsAreKeptApartByDefault) {
  const std::string options = "--model base --data data --max-steps 0 --quiet";
  EXPECT_EQ(run("sst2", options).exit_code, 0);
  EXPECT_EQ(run("sst2", options).exit_code, 0);
  EXPECT_EQ(names_in(folder_ / "hone-runs").size(), 2u);
  // A run that is stopped tells the user the name of its folder, to resume it.
  const auto stopped = run_process("cd " + path("") + " && exec " + program("sst2") +
                                       " --model base --data data --epochs 100000 --log-every 1",
                                   "", SIGINT, "step 5/");
  EXPECT_THAT(stopped.err, HasSubstr("run the same command with --output hone-runs/sst2-"));
  const auto one_of_two = run_process("cd " + path("") + " && exec " + program("sst2") +
                                          " --model base --data data --epochs 100000 --log-every 1 --runs 2",
                                      "", SIGINT, "step 5/");
  EXPECT_THAT(one_of_two.err, testing::ContainsRegex("with --output hone-runs/sst2-[-0-9TZ]+ --resume"))
      << "not seed-42";
}

TEST_F(FineTune, RealSentencesTrain) {
  HONE_NEED_REAL_DATA("sst/train.tsv");
  auto config = tiny_config();
  write_tiny_model(folder_ / "base", false, config);
  const auto result = run(
      "sst2", "--model base --max-steps 2 --quiet --output run --data " + shell_quoted(real_data().string()));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(events("run").front().at("data").at("validation").get_int("rows", 0), 1101);
}

}  // namespace
}  // namespace hone::test

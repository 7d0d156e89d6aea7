// Tests of the settings of sst2 and qqp: presets, settings files, precedence, refused values.
#include "apps/cli/settings.h"

#include <hone/core/error.h>
#include "tests/apps/programs.h"

namespace hone::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const FineTuneSpec kSpec{"sst2", "", DatasetKind::sst};

Settings parse(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "sst2");
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return parse_settings(kSpec, static_cast<int>(argv.size()), argv.data()).value();
}

std::string refusal(const std::vector<std::string>& arguments) {
  try {
    parse(arguments);
    return "";
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(Presets, AreThoseOfTheContracts) {
  const Settings blog = parse({});
  EXPECT_EQ(blog.dataset, DatasetKind::sst);
  EXPECT_TRUE(blog.evaluates_first() && !blog.mean_over_rows() && !blog.pair_types());
  EXPECT_TRUE(differences(blog, preset_settings(kSpec, Preset::blog)).empty());
  const TrainingPlan plan = training_plan(blog);
  EXPECT_EQ(plan.adam.form, AdamForm::hf);
  EXPECT_EQ(plan.adam.clip_norm, 0);

  const Settings trainer = parse({"--preset", "hf-trainer"});
  EXPECT_FALSE(trainer.evaluates_first() || !trainer.mean_over_rows() || !trainer.pair_types());
  EXPECT_THAT(
      differences(trainer, blog),
      ElementsAre("max-length 128 (512)", "preset hf-trainer (blog)", "batch-size 8 (32)",
                  "eval-batch-size 8 (32)", "learning-rate 5e-05 (2e-05)", "schedule linear (constant)",
                  "clip-norm 1 (none)", "optimizer torch-adamw (hf-adamw)", "adam-eps 1e-08 (1e-06)"));
  const TrainingPlan theirs = training_plan(trainer);
  EXPECT_EQ(theirs.adam.form, AdamForm::torch);
  EXPECT_EQ(theirs.adam.clip_norm, 1);
  EXPECT_EQ(theirs.schedule, ScheduleKind::linear);
}

// Presets are defaults: each value of each option goes with each preset and changes nothing else.
TEST(Presets, ForbidNothing) {
  for (const std::string preset : {"blog", "hf-trainer"}) {
    const Settings plain = parse({"--preset", preset});
    EXPECT_EQ(plain.dataset, DatasetKind::sst) << "a preset does not change the data";
    for (const std::string schedule : {"constant", "linear", "cosine"}) {
      for (const std::string warmup : {"0", "0.1", "100"}) {
        for (const std::string clip : {"none", "0.5"}) {
          const Settings s =
              parse({"--preset", preset, "--schedule", schedule, "--warmup", warmup, "--clip-norm", clip});
          EXPECT_EQ(word_of(kSchedules, s.schedule), schedule);
          EXPECT_EQ(s.warmup, std::stod(warmup));
          EXPECT_EQ(s.clip_norm, clip == "none" ? std::nullopt : std::optional(0.5));
          Settings same = s;
          same.schedule = plain.schedule;
          same.warmup = plain.warmup;
          same.clip_norm = plain.clip_norm;
          EXPECT_EQ(recipe_texts(same), recipe_texts(plain));
        }
      }
    }
    for (const DatasetKind kind : {DatasetKind::sst, DatasetKind::glue_sst2, DatasetKind::qqp})
      EXPECT_EQ(parse({"--dataset", name_of(kind), "--preset", preset}).dataset, kind);
    EXPECT_EQ(parse({"--preset", preset, "--optimizer", "hf-adamw"}).optimizer, AdamForm::hf);
    EXPECT_EQ(parse({"--preset", preset, "--max-length", "77"}).max_length, 77);
  }
  EXPECT_THAT(refusal({"--warmup", "1.5"}),
              HasSubstr("--warmup: 1.5 is neither a number of steps nor a fraction"));
}

class SettingsFile : public Programs {
 protected:
  std::string file(const std::string& text) {
    folder_.write("settings.json", text);
    return (folder_ / "settings.json").string();
  }
  std::string refused(const std::string& text) { return refusal({"--config", file(text)}); }
};

TEST_F(SettingsFile, TheCommandLineWinsOverItAndItOverThePreset) {
  const auto config = file(
      R"({"preset": "hf-trainer", "epochs": 7, "clip-norm": "none", "max-steps": null, "batch-size": 5})");
  const Settings settings = parse({"--config", config, "--batch-size", "6"});
  EXPECT_EQ(settings.preset, Preset::hf_trainer);
  EXPECT_EQ(settings.epochs, 7);
  EXPECT_EQ(settings.batch_size, 6);
  EXPECT_EQ(settings.learning_rate, 5e-5);
  EXPECT_EQ(settings.clip_norm, std::nullopt);
  const Settings blog = parse({"--preset", "blog", "--config", config});
  EXPECT_EQ(blog.preset, Preset::blog);
  EXPECT_EQ(blog.learning_rate, 2e-5);
  EXPECT_EQ(blog.epochs, 7);
}

TEST_F(SettingsFile, IsReadStrictly) {
  EXPECT_THAT(refused(R"({"epoch": 1})"),
              HasSubstr("settings.json: unknown setting \"epoch\"; did you mean \"epochs\""));
  EXPECT_THAT(refused(R"({"dump-config": true})"), HasSubstr("\"dump-config\" belongs on the command line"));
  EXPECT_THAT(refused(R"({"epochs": "3"})"), HasSubstr("--epochs: expected an integer, found a string"));
  EXPECT_THAT(refused(R"({"epochs": 3.0})"), HasSubstr("--epochs: expected an integer"));
  EXPECT_THAT(refused(R"({"epochs": null})"), HasSubstr("--epochs: expected an integer, found null"));
  EXPECT_THAT(refused(R"({"epochs": -1})"), HasSubstr("--epochs: -1 is out of range"));
  EXPECT_THAT(refused(R"({"shuffle": "on"})"), HasSubstr("expected true or false"));
  EXPECT_THAT(refused(R"({"optimizer": "sgd"})"), HasSubstr("is not one of hf-adamw, torch-adamw"));
  EXPECT_EQ(refused(R"({"preset": "blog", "clip-norm": 1})"), "");
  EXPECT_THAT(refused(R"({"settings": 1})"), HasSubstr("unknown setting \"settings\""));
  EXPECT_THAT(refused(R"([])"), HasSubstr("expected an object"));
  EXPECT_THAT(refused(R"({)"), HasSubstr("settings.json"));
  EXPECT_THAT(refusal({"--config", "/nowhere.json"}), HasSubstr("/nowhere.json"));
}

TEST_F(SettingsFile, ADumpReadBackIsTheSame) {
  const auto dumped =
      run("sst2", "--preset hf-trainer --learning-rate 3e-5 --output 'a b' --dump-config --no-shuffle");
  EXPECT_EQ(dumped.exit_code, 0) << dumped.err;
  folder_.write("dump.json", dumped.out);
  const auto again = run("sst2", "--config dump.json --dump-config");
  EXPECT_EQ(again.out, dumped.out);
  EXPECT_THAT(again.out, HasSubstr("\"learning-rate\": 3e-05"));
  EXPECT_EQ(names_in(folder_.path()), (std::vector<std::string>{"base", "data", "dump.json"}))
      << "nothing ran";
}

// The record of a run is such a file, and so is the run's folder.
TEST_F(SettingsFile, MayBeTheRecordOfARun) {
  ASSERT_EQ(train("sst2", "one", "--preset hf-trainer --schedule cosine --warmup 2 --max-steps 4").exit_code,
            0);
  for (const std::string config : {"one/run.json", "one"}) {
    const auto result = run("sst2", "--config " + config + " --output two");
    ASSERT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(weights("one"), weights("two"));
    EXPECT_EQ(parse_json(slurp(folder_ / "two/run.json"), "").get_string("recipe_hash", "2"),
              parse_json(slurp(folder_ / "one/run.json"), "").get_string("recipe_hash", "1"));
    std::filesystem::remove_all(folder_ / "two");
  }
  const auto elsewhere = run("sst2", "--config one/run.json --max-steps 0 --quiet");
  EXPECT_EQ(elsewhere.exit_code, 0) << "the folder of the run that was is taken: " << elsewhere.err;
  EXPECT_THAT(names_in(folder_.path()), testing::Contains("hone-runs"));
  EXPECT_THAT(run("sst2", "--config one/run.json --epochs 9 --dump-config").out,
              testing::AllOf(HasSubstr("\"epochs\": 9"), HasSubstr("\"schedule\": \"cosine\"")));
}

TEST_F(SettingsFile, ItsRunIsTheSame) {
  ASSERT_EQ(train("sst2", "one", "--preset hf-trainer --dataset sst --max-steps 4").exit_code, 0);
  folder_.write("all.json", run("sst2",
                                "--model base --data data --learning-rate 1e-3 --batch-size 8 --preset "
                                "hf-trainer --dataset sst --max-steps 4 --dump-config")
                                .out);
  const auto result = run("sst2", "--config all.json --output two");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(weights("one"), weights("two"));
}

}  // namespace
}  // namespace hone::test

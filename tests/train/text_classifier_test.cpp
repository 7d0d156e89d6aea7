// Tests of TextClassifier: load, predict, fine-tune and save.
#include <hone/train/text_classifier.h>

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <thread>

#include <hone/core/error.h>
#include "tests/data/temporary_folder.h"
#include "tests/support/tiny_model.h"

namespace hone::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class TextClassifierTest : public testing::Test {
 protected:
  TextClassifierTest() {
    write_tiny_model(folder_ / "model", true);
    write_tiny_model(folder_ / "base", false);
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  // A base model with a new head for the labels of the test's sentences.
  TextClassifier fresh() const {
    return TextClassifier::load(path("base"), {.head = Head::fresh, .labels = {"negative", "positive"}});
  }

  TemporaryFolder folder_;
};

std::vector<LabelledText> judged_sentences(bool by_name = true) {
  std::vector<LabelledText> rows;
  for (const char* subject : {"film", "plot", "actor"}) {
    for (const char* word : {"good", "fine", "bad", "dull"}) {
      const int good = word[0] == 'g' || word[0] == 'f' ? 1 : 0;
      const Label label = by_name ? Label(good == 1 ? "positive" : "negative") : Label(good);
      rows.push_back({std::string("the ") + subject + " is " + word, label});
    }
  }
  return rows;
}

TrainingPlan quick_plan() {
  TrainingPlan plan;
  plan.batch_size = 4;
  plan.epochs = 30;
  plan.learning_rate = 1e-2;
  return plan;
}

void expect_near(const Prediction& got, const Prediction& expected) {
  EXPECT_EQ(got.label, expected.label);
  ASSERT_EQ(got.logits.size(), expected.logits.size());
  for (size_t i = 0; i < got.logits.size(); ++i) {
    EXPECT_NEAR(got.logits[i], expected.logits[i], 1e-6);
    EXPECT_NEAR(got.probabilities[i], expected.probabilities[i], 1e-6);
  }
}

TEST_F(TextClassifierTest, PredictsALabelWithProbabilities) {
  const TextClassifier classifier = TextClassifier::load(path("model"));
  EXPECT_THAT(classifier.labels(), ElementsAre("LABEL_0", "LABEL_1"));
  const std::string text = "the film is good";
  const Prediction one = classifier(text);
  ASSERT_EQ(one.logits.size(), 2u);
  ASSERT_EQ(one.probabilities.size(), 2u);
  EXPECT_EQ(one.label, one.logits[1] > one.logits[0] ? "LABEL_1" : "LABEL_0");
  const double odds = std::exp(static_cast<double>(one.logits[1]) - one.logits[0]);
  EXPECT_NEAR(one.probabilities[1], odds / (1 + odds), 1e-6);
  EXPECT_NEAR(one.probabilities[0], 1 / (1 + odds), 1e-6);
}

TEST_F(TextClassifierTest, AgreesWithItsNet) {
  const TextClassifier classifier = TextClassifier::load(path("model"));
  const Encoding encoding = classifier.encode("the plot was dull", "how good");
  const auto n = static_cast<int64_t>(encoding.ids.size());
  std::vector<int32_t> positions(encoding.ids.size());
  std::iota(positions.begin(), positions.end(), 0);
  const Tensor logits =
      classifier
          .model()({Tensor::from(encoding.ids, {n}), Tensor::from(positions, {n}),
                    Tensor::from(encoding.types, {n}), Tensor::from(std::vector<int32_t>{-1}, {1}),
                    SeqLens({static_cast<int32_t>(n)})})
          .value();
  EXPECT_EQ(classifier(TextPair{"the plot was dull", "how good"}).logits, logits.to_vector<float>());
}

TEST_F(TextClassifierTest, SeveralTextsGiveAsManyPredictionsInOrder) {
  const TextClassifier classifier =
      TextClassifier::load(path("model"), {.batch_size = 3});  // three batches, the last short
  const std::vector<std::string> texts{"good", "", "the film is bad", "dull", "how do i learn", "good", "a"};
  const std::vector<Prediction> all = classifier(texts);
  ASSERT_EQ(all.size(), texts.size());
  for (size_t i = 0; i < texts.size(); ++i) expect_near(all[i], classifier(texts[i]));
  EXPECT_NE(all[0].logits, all[2].logits);
  EXPECT_EQ(classifier({"good", "bad"}).size(), 2u);
  EXPECT_TRUE(classifier(std::vector<std::string>{}).empty());
  const std::vector<TextPair> pairs{{"good", "bad"}, {"film", "plot"}};
  const std::vector<Prediction> of_pairs = classifier(pairs);
  ASSERT_EQ(of_pairs.size(), 2u);
  for (size_t i = 0; i < pairs.size(); ++i) expect_near(of_pairs[i], classifier(pairs[i]));
  EXPECT_NE(of_pairs[0].logits, classifier("good bad").logits);
}

TEST_F(TextClassifierTest, TiesGoToTheLowestLabel) {
  TextClassifier classifier = TextClassifier::load(path("model"));
  classifier.model().classifier.weight.value().set_zero();
  classifier.model().classifier.bias.value().set_zero();
  const Prediction one = classifier("good");
  EXPECT_EQ(one.label, "LABEL_0");
  EXPECT_THAT(one.probabilities, ElementsAre(.5F, .5F));
}

TEST_F(TextClassifierTest, LongTextsAreCut) {
  TextClassifier classifier = TextClassifier::load(path("model"));
  EXPECT_EQ(classifier.max_length(), 40);
  std::string longer;
  for (int i = 0; i < 1000; ++i) longer += "good ";
  EXPECT_EQ(classifier(longer).logits, classifier(longer + "bad").logits);
  EXPECT_EQ(classifier.set_max_length(3), 3);
  EXPECT_EQ(classifier("good bad").logits, classifier("good").logits);
  EXPECT_EQ(classifier.set_max_length(4000, true), 40);
  EXPECT_THROW(classifier.set_max_length(4, true), UsageError);
  EXPECT_THROW((void)TextClassifier::load(path("model"), {.max_length = 2}), UsageError);
}

TEST_F(TextClassifierTest, AModelWithoutATrainedHeadIsRefusedUnlessAskedFor) {
  const auto failure = failure_of([&] { (void)TextClassifier::load(path("base")); });
  EXPECT_THAT(failure.message, HasSubstr("no trained classification head"));
  EXPECT_THROW((void)TextClassifier::load(path("base")), ModelError);
  EXPECT_THROW((void)TextClassifier::load(path("nowhere")), ModelError);
  EXPECT_EQ(TextClassifier::load(path("base"), {.head = Head::trained_or_fresh}).labels().size(), 2u);
  const auto three = TextClassifier::load(path("model"), {.head = Head::fresh, .labels = {"a", "b", "c"}});
  EXPECT_EQ(three("good").probabilities.size(), 3u);
}

TEST_F(TextClassifierTest, BytesThatAreNotUtf8AreAnError) {
  const TextClassifier classifier = TextClassifier::load(path("model"));
  EXPECT_THROW(classifier("go\xFFod"), DataError);
  EXPECT_THROW(classifier({"good", "\xC3"}), DataError);
}

TEST_F(TextClassifierTest, WeightsThatAreNotFiniteAreAnError) {
  TextClassifier classifier = TextClassifier::load(path("model"));
  classifier.model().classifier.bias.value().span<float>()[1] = NAN;
  EXPECT_THROW(classifier("good"), NonFiniteError);
}

TEST_F(TextClassifierTest, LearnsFromSentencesAndTellsTheSameAfterLoading) {
  TextClassifier classifier = fresh();
  int64_t steps = 0;
  classifier.fine_tune(judged_sentences(), quick_plan(),
                       [&](const StepReport& report) { steps = report.step; });
  EXPECT_EQ(steps, 90);
  const Evaluation figures = classifier.evaluate(judged_sentences());
  EXPECT_EQ(accuracy(figures.counts), 1);
  EXPECT_EQ(classifier("the film is good").label, "positive");
  EXPECT_EQ(classifier("the film is bad").label, "negative");
  classifier.save(folder_ / "saved");
  const TextClassifier again = TextClassifier::load(path("saved"));
  EXPECT_THAT(again.labels(), ElementsAre("negative", "positive"));
  for (const LabelledText& row : judged_sentences()) {
    EXPECT_EQ(again(row.text).logits, classifier(row.text).logits);
  }
}

TEST_F(TextClassifierTest, PredictsByTheNewWeightsAfterTraining) {
  TextClassifier classifier = fresh();
  for (int i = 0; i < 3; ++i) classifier("the film is good");  // by now packed weights are in use
  classifier.fine_tune(judged_sentences(), quick_plan());
  const std::vector<float> once = classifier("the film is good").logits;
  EXPECT_EQ(classifier("the film is good").logits, once);
  EXPECT_EQ(classifier("the film is good").logits, once);
  classifier.save(folder_ / "saved");
  EXPECT_EQ(TextClassifier::load(path("saved"))("the film is good").logits, once);
}

TEST_F(TextClassifierTest, LabelsAreNamesOrIds) {
  TextClassifier by_name = fresh(), by_id = fresh();
  by_name.fine_tune(judged_sentences(true), quick_plan());
  by_id.fine_tune(judged_sentences(false), quick_plan());
  EXPECT_EQ(by_name("a fine film").logits, by_id("a fine film").logits);
  const auto message = [&](const Label& label) {
    return failure_of([&] {
             const std::vector<LabelledText> rows{{"good", "positive"}, {"bad", label}};
             by_name.fine_tune(rows, quick_plan());
           })
        .message;
  };
  EXPECT_THAT(message("meh"), HasSubstr("row 2: label \"meh\" is none of negative, positive"));
  EXPECT_THAT(message(2), HasSubstr("row 2: label 2 is none of"));
  EXPECT_THAT(message(-1), HasSubstr("row 2: label -1 is none of"));
}

TEST_F(TextClassifierTest, LabelsAreComparedAsAPersonWould) {
  const TextClassifier classifier = fresh();
  const auto predicted = [&](const std::vector<Label>& labels) {
    std::vector<LabelledText> rows;
    for (const Label& label : labels) rows.push_back({"good", label});
    std::vector<int> ids;
    for (const LabelPrediction& one : classifier.evaluate(rows).predictions) ids.push_back(one.label);
    return ids;
  };
  EXPECT_THAT(predicted({"Positive", " negative ", "1", "0.0", "positive"}), ElementsAre(1, 0, 1, 0, 1));
  EXPECT_THAT(predicted({"positive"}), ElementsAre(1)) << "rows may have some of the labels only";
}

TEST_F(TextClassifierTest, AKeptHeadKeepsItsLabels) {
  const std::vector<std::string> swapped{"positive", "negative"};
  TextClassifier first = fresh();
  EXPECT_FALSE(first.has_trained_head());
  first.save(folder_ / "saved");
  TextClassifier kept =
      TextClassifier::load(path("saved"), {.head = Head::trained_or_fresh, .labels = swapped});
  EXPECT_TRUE(kept.has_trained_head());
  EXPECT_THAT(kept.labels(), ElementsAre("negative", "positive"));
  const auto begun = TextClassifier::load(path("saved"), {.head = Head::fresh, .labels = swapped});
  EXPECT_THAT(begun.labels(), ElementsAre("positive", "negative"));
  kept.name_labels({"bad", "good"});
  EXPECT_THAT(kept.labels(), ElementsAre("bad", "good"));
  EXPECT_EQ(failure_of([&] { kept.name_labels({"bad"}); }).kind, ErrorKind::usage);
}

TEST_F(TextClassifierTest, LearnsFromPairs) {
  TextClassifier classifier = fresh();
  std::vector<LabelledPair> rows;
  for (const char* word : {"good", "bad", "film", "plot"}) {
    rows.push_back({"who is the actor", word, word[0] == 'g' || word[0] == 'f' ? 1 : 0});
  }
  TrainingPlan plan = quick_plan();
  plan.epochs = 40;
  classifier.fine_tune(rows, plan);
  EXPECT_EQ(accuracy(classifier.evaluate(rows).counts), 1);
  EXPECT_EQ(classifier(TextPair{"who is the actor", "film"}).label, "positive");
}

TEST_F(TextClassifierTest, ConstCallsMayComeFromSeveralThreads) {
  const TextClassifier classifier = TextClassifier::load(path("model"));
  const Prediction expected = TextClassifier::load(path("model"))("the film is good");
  std::vector<std::vector<Prediction>> found(4);
  {
    std::vector<std::jthread> threads;
    for (auto& mine : found) {
      threads.emplace_back([&] {
        for (int i = 0; i < 20; ++i) mine.push_back(classifier("the film is good"));
      });
    }
  }
  for (const auto& mine : found) {
    ASSERT_EQ(mine.size(), 20u);
    for (const Prediction& one : mine) EXPECT_EQ(one.logits, expected.logits);
  }
}

}  // namespace
}  // namespace hone::test

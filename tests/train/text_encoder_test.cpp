// Tests of TextEncoder's sentence vectors.
#include <hone/train/text_encoder.h>

#include <gmock/gmock.h>

#include <cmath>

#include <hone/core/error.h>
#include <hone/train/text_classifier.h>
#include "tests/data/temporary_folder.h"
#include "tests/support/tiny_model.h"

namespace hone::test {
namespace {

using testing::HasSubstr;

class TextEncoderTest : public testing::Test {
 protected:
  TextEncoderTest() {
    write_tiny_model(folder_ / "model", true);
    write_tiny_model(folder_ / "base", false);
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  // The last hidden states of one text, [tokens, hidden].
  Tensor hidden_states(const std::string& text) const {
    const TextClassifier classifier = TextClassifier::load(path("model"));
    const Encoding encoding = classifier.encode(text);
    const auto n = static_cast<int64_t>(encoding.ids.size());
    std::vector<int32_t> positions;
    for (int32_t i = 0; i < n; ++i) positions.push_back(i);
    const PackedBatch batch{Tensor::from(encoding.ids, {n}), Tensor::from(positions, {n}),
                            Tensor::from(encoding.types, {n}), Tensor::from(std::vector<int32_t>{-1}, {1}),
                            SeqLens({static_cast<int32_t>(n)})};
    return classifier.model().encoder(batch, EncoderRows::all).value();
  }

  TemporaryFolder folder_;
};

TEST_F(TextEncoderTest, IsTheMeanOverTheTokensOrTheFirst) {
  const std::string text = "the film is good";
  const Tensor states = hidden_states(text);
  const TextEncoder mean = TextEncoder::load(path("model")),
                    first = TextEncoder::load(path("model"), {.pooling = Pooling::first});
  const std::vector<float> by_mean = mean(text), by_first = first(text);
  ASSERT_EQ(mean.size(), 16);
  ASSERT_EQ(by_mean.size(), 16u);
  for (int64_t c = 0; c < 16; ++c) {
    double sum = 0;
    for (int64_t t = 0; t < states.shape()[0]; ++t) sum += states.data<float>()[t * 16 + c];
    EXPECT_NEAR(by_mean[static_cast<size_t>(c)], sum / static_cast<double>(states.shape()[0]), 1e-6);
    EXPECT_NEAR(by_first[static_cast<size_t>(c)], states.data<float>()[c], 1e-6);
  }
}

TEST_F(TextEncoderTest, NeedsNoHead) {
  EXPECT_EQ(TextEncoder::load(path("base"))("a good film"), TextEncoder::load(path("model"))("a good film"));
}

TEST_F(TextEncoderTest, SeveralTextsGiveAsManyVectorsInOrder) {
  const TextEncoder encoder = TextEncoder::load(path("base"), {.normalise = true, .batch_size = 2});
  const std::vector<std::string> texts{"good", "the film is bad", "", "how do i learn", "plot"};
  const auto all = encoder(texts);
  ASSERT_EQ(all.size(), texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::vector<float> alone = encoder(texts[i]);
    double squares = 0;
    for (size_t c = 0; c < alone.size(); ++c) {
      EXPECT_NEAR(all[i][c], alone[c], 1e-6);
      squares += all[i][c] * all[i][c];
    }
    EXPECT_NEAR(squares, 1, 1e-5);
  }
  EXPECT_EQ(encoder({"good", "bad"}).size(), 2u);
}

TEST_F(TextEncoderTest, ComputesInBf16Too) {
  const auto wide = TextEncoder::load(path("base"))("the actor was fine"),
             narrow = TextEncoder::load(path("base"), {.dtype = Dtype::bf16})("the actor was fine");
  EXPECT_NE(wide, narrow);
  EXPECT_GT(cosine_similarity(wide, narrow), 0.999);
}

TEST(CosineSimilarity, IsTheAnglesCosine) {
  using Numbers = std::vector<float>;
  EXPECT_DOUBLE_EQ(cosine_similarity(Numbers{3, 4}, Numbers{6, 8}), 1);
  EXPECT_DOUBLE_EQ(cosine_similarity(Numbers{1, 0}, Numbers{0, 2}), 0);
  EXPECT_DOUBLE_EQ(cosine_similarity(Numbers{1, 1}, Numbers{-1, -1}), -1);
  EXPECT_NEAR(cosine_similarity(Numbers{1, 0}, Numbers{1, 1}), std::sqrt(.5), 1e-12);
  EXPECT_EQ(cosine_similarity(Numbers{0, 0}, Numbers{1, 1}), 0);
  EXPECT_THAT(failure_of([] {
                (void)cosine_similarity(Numbers{1}, Numbers{1, 2});
              }).message,
              HasSubstr("a has 1 numbers, b 2"));
}

}  // namespace
}  // namespace hone::test

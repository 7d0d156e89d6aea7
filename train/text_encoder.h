#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <hone/core/types.h>

namespace hone {

struct ModelSession;

// The way a text's vector is computed from its tokens' last hidden states: the mean over all of them, [CLS]
// and [SEP] included (Reimers and Gurevych 2019), or the one of [CLS].
enum class Pooling { mean, first };

struct EncoderOptions {
  Pooling pooling = Pooling::mean;
  bool normalise = false;    // scale vectors to length 1
  Dtype dtype = Dtype::f32;  // the encoder's compute type: f32 or bf16
  Device device = {};
  std::optional<int64_t> max_length = {};  // texts are cut to so many tokens, or to the model's limit
  int64_t batch_size = 256;                // texts that are computed at once, at most
};

// A model that makes vectors of texts: any BERT or DistilBERT, with a classification head, which is not used,
// or without. Calls may come from several threads at once.
class TextEncoder {
 public:
  // Loads `model`, a folder or name as in TextClassifier::load(). Throws ModelError when it is absent,
  // damaged or of an unsupported kind.
  static TextEncoder load(const std::string& model, const EncoderOptions& options = {});
  TextEncoder(TextEncoder&& other) noexcept;
  TextEncoder& operator=(TextEncoder&& other) noexcept;
  ~TextEncoder();

  // The vector of one text, [size()], or of several, in order. Throws DataError for bytes that are not UTF-8,
  // NonFiniteError when a vector is not finite. (A template, so that braces always mean several texts.)
  template <std::convertible_to<std::string_view> Text>
  std::vector<float> operator()(const Text& text) const {
    return vector_of(text);
  }
  std::vector<std::vector<float>> operator()(const std::vector<std::string>& texts) const;

  int64_t size() const;                              // the model's hidden size
  int64_t max_length() const;                        // tokens that texts are cut to
  const std::vector<std::string>& warnings() const;  // a line for each oddity in the model's files

 private:
  TextEncoder(std::unique_ptr<ModelSession> session, const EncoderOptions& options);
  std::vector<float> vector_of(std::string_view text) const;

  std::unique_ptr<ModelSession> session_;
  Pooling pooling_;
  bool normalise_;
};

// The cosine of the angle between two vectors of one size, in [-1, 1]; 0 where one of them is all zeros.
double cosine_similarity(std::span<const float> a, std::span<const float> b);

}  // namespace hone

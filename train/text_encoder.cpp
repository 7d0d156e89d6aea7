#include <hone/train/text_encoder.h>

#include <cmath>
#include <utility>

#include <hone/autograd/ops/mean_pool.h>
#include <hone/autograd/ops/shape.h>
#include <hone/core/error.h>
#include "train/inference.h"
#include "train/model_session.h"

namespace hone {
namespace {

void scale_to_one(std::vector<float>& vector) {
  double squares = 0;
  for (const float x : vector) squares += static_cast<double>(x) * x;
  if (squares == 0) return;
  for (float& x : vector) x = static_cast<float>(x / std::sqrt(squares));
}

}  // namespace

TextEncoder::TextEncoder(std::unique_ptr<ModelSession> session, const EncoderOptions& options)
    : session_(std::move(session)), pooling_(options.pooling), normalise_(options.normalise) {
  session_->max_length = effective_length(options.max_length, *session_, false);
}
TextEncoder::TextEncoder(TextEncoder&&) noexcept = default;
TextEncoder& TextEncoder::operator=(TextEncoder&&) noexcept = default;
TextEncoder::~TextEncoder() = default;

TextEncoder TextEncoder::load(const std::string& model, const EncoderOptions& options) {
  // A head in the files is not used, so nothing that only describes it is looked at.
  return {open_model(model, {.head = Head::fresh,
                             .labels = default_config(ModelType::bert).labels,
                             .dtype = options.dtype,
                             .device = options.device,
                             .batch_size = options.batch_size}),
          options};
}

std::vector<std::vector<float>> TextEncoder::operator()(const std::vector<std::string>& texts) const {
  std::vector<EncodedRow> rows;
  rows.reserve(texts.size());
  for (const std::string& text : texts) {
    rows.push_back({session_->tokenizer.tokenizer.encode(text, session_->max_length)});
  }
  std::vector<std::vector<float>> out;
  const Encoder& encoder = session_->model->encoder;
  const auto forward = [&](const PackedBatch& batch) {
    if (pooling_ == Pooling::first) return encoder(batch, EncoderRows::first);
    return mean_pool(cast(encoder(batch, EncoderRows::all), Dtype::f32), batch.lens);
  };
  compute_rows(*session_, rows, forward, [&](const Tensor& vectors) {
    for (int64_t i = 0; i < vectors.shape()[0]; ++i) {
      out.push_back(vectors.slice(i, i + 1).to_vector<float>());
      if (normalise_) scale_to_one(out.back());
    }
  });
  return out;
}

std::vector<float> TextEncoder::vector_of(std::string_view text) const {
  return (*this)(std::vector<std::string>{std::string(text)}).front();
}

int64_t TextEncoder::size() const { return session_->config().hidden_size; }
int64_t TextEncoder::max_length() const { return session_->max_length; }
const std::vector<std::string>& TextEncoder::warnings() const { return session_->warnings; }

double cosine_similarity(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) {
    throw Error("cosine_similarity: a has " + std::to_string(a.size()) + " numbers, b " +
                std::to_string(b.size()));
  }
  double product = 0, a_squares = 0, b_squares = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    product += static_cast<double>(a[i]) * b[i];
    a_squares += static_cast<double>(a[i]) * a[i];
    b_squares += static_cast<double>(b[i]) * b[i];
  }
  const double lengths = std::sqrt(a_squares) * std::sqrt(b_squares);
  return lengths == 0 ? 0 : product / lengths;
}

}  // namespace hone

// Embeddings on the device against the CPU's.
#include "core/kernels/embedding.h"

#include "tests/cuda/compare_devices.h"

namespace hone::test {
namespace {

TEST(CudaEmbedding, SumsOneToThreeTables) {
  for (Dtype dtype : kTypes) {
    for (const Shape& shape : {Shape{0, 8}, Shape{1, 1}, Shape{37, 64}, Shape{300, 35}}) {
      for (size_t count : {1u, 2u, 3u}) {
        compare_devices(label("sum", dtype, shape), dtype, [&](Device device) {
          EmbeddingSum k;
          std::vector<Tensor> kept;
          for (size_t i = 0; i < count; ++i) {
            const int64_t entries = i == 1 ? 2 : 50;
            kept.push_back(Numbers(i).normal({entries, shape[1]}).to(dtype).to(device));
            k.tables.push_back(kept.back());
            kept.push_back(Numbers(10 + i).indices(shape[0], entries).to(device));
            k.indices.push_back(kept.back());
          }
          const Tensor y = Tensor::empty(shape, dtype, device);
          k.y = y;
          launch(device, k);
          return y;
        });
      }
    }
  }
}

// Tables of few rows, so that a row's tokens fill several chunks, and of many; with and without a padding
// row.
TEST(CudaEmbedding, AddsUpGradientsLikeTheCpu) {
  for (Dtype dtype : kTypes) {
    for (const Shape& dy_shape : {Shape{0, 5}, Shape{1, 1}, Shape{37, 64}, Shape{517, 11}}) {
      for (int64_t entries : {1, 2, 7, 400}) {
        for (int64_t padding : {-1, 0}) {
          const Tensor dy = Numbers(1).normal(dy_shape).to(dtype),
                       index = Numbers(2).indices(dy_shape[0], entries);
          const auto kernel = [&](Device device, GradOut out, Frame frame) {
            launch(device, EmbeddingBackward{index.to(device), Framed(dy, device, frame), out, padding});
          };
          const std::string what = "backward of " + std::to_string(dy_shape[0]);
          compare_outputs(what, acc_of(dtype), {entries, dy_shape[1]}, kernel, dy_shape[0] / entries);
        }
      }
    }
  }
}

TEST(CudaEmbedding, IndicesMayLieAnywhere) {
  const Tensor dy = Numbers(1).normal({300, 6}).to(Dtype::f32), index = Numbers(2).indices(303, 40);
  for (int64_t begin : {0, 1, 2, 3}) {
    compare_outputs(
        "indices from " + std::to_string(begin), Dtype::f32, {40, 6},
        [&](Device device, GradOut out, Frame) {
          const Tensor there = index.to(device);
          launch(device, EmbeddingBackward{there.slice(begin, begin + 300), dy.to(device), out});
        },
        30);
  }
}

TEST(CudaEmbedding, GradientMayBeBf16) {
  const Tensor dy = Numbers(1).normal({37, 64}).to(Dtype::bf16), index = Numbers(2).indices(37, 30);
  compare_outputs(
      "bf16 table", Dtype::bf16, {30, 64},
      [&](Device device, GradOut out, Frame frame) {
        launch(device, EmbeddingBackward{index.to(device), Framed(dy, device, frame), out});
      },
      8);
}

}  // namespace
}  // namespace hone::test

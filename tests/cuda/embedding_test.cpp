// Tests of embeddings on the device against the CPU's.
#include "core/kernels/embedding.h"

#include <hone/autograd/ops/embedding.h>
#include <hone/autograd/ops/shape.h>
#include "tests/cuda/compare_devices.h"

namespace hone::test {
namespace {

TEST(CudaEmbedding, SumsOneToThreeTables) {
  for (Dtype dtype : kTypes) {
    for (const Shape& shape : {Shape{0, 8}, Shape{1, 1}, Shape{37, 64}, Shape{300, 35}}) {
      for (size_t count : {1u, 2u, 3u}) {
        compare_devices(label("sum", dtype, shape), dtype, [&](Device device) {
          kernels::EmbeddingSum k{.tables = {}, .indices = {}, .y = {}};
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
            launch(device,
                   kernels::EmbeddingBackward{
                       .dy = Framed(dy, device, frame),
                       .tables = {{.index = index.to(device), .dtable = out, .padding_index = padding}}});
          };
          const std::string what = "backward of " + std::to_string(dy_shape[0]);
          compare_outputs(what, acc_of(dtype), {entries, dy_shape[1]}, kernel, dy_shape[0] / entries);
        }
      }
    }
  }
}

// Gradients of several tables in one launch, each with its own indices, padding row, mode (add or overwrite),
// type and memory; the second is part of a wider matrix.
TEST(CudaEmbedding, AddsUpTheGradientsOfSeveralTablesAtOnce) {
  constexpr int64_t kEntries[] = {50, 7, 2}, kLeft[] = {0, 3, 0};
  for (Dtype dtype : kTypes) {
    for (const Shape& shape : {Shape{0, 8}, Shape{1, 24}, Shape{37, 11}, Shape{517, 24}}) {
      const auto gradients = [&](Device device) {
        const Tensor dy = Numbers(1).normal(shape).to(dtype).to(device);
        std::vector<Tensor> outs, indices;
        kernels::EmbeddingBackward k{.dy = dy, .tables = {}};
        for (size_t i = 0; i < 3; ++i) {
          const int64_t left = kLeft[i];
          indices.push_back(Numbers(2 + i).indices(shape[0], kEntries[i]).to(device));
          outs.push_back(
              Tensor::full({kEntries[i], left + shape[1]}, .5, i == 1 ? dtype : acc_of(dtype)).to(device));
          const View part = outs[i].view().columns_between(left, left + shape[1]);
          k.tables.push_back({.index = indices[i],
                              .dtable = {.view = part, .add = i != 2},
                              .padding_index = i == 0 ? 3 : -1});
        }
        launch(device, k);
        return outs;
      };
      const std::vector<Tensor> here = gradients({});
      for (size_t i = 0; i < 3; ++i) {
        compare_devices(
            label("table " + std::to_string(i), dtype, here[i].shape()), here[i].dtype(),
            [&](Device device) { return gradients(device)[i]; }, shape[0] / kEntries[i] + 1);
      }
    }
  }
}

// The marks of all rows that tokens name, except the padding row, are set, and no others.
TEST(CudaEmbedding, MarksTheRowsThatItWritesTo) {
  constexpr int64_t kEntries = 300;
  for (const Device device : {Device{}, cuda_device()}) {
    for (Dtype dtype : kTypes) {
      for (const int64_t columns : {1, 7, 24, 128, 384}) {
        for (const int64_t tokens : {0, 37, 517}) {
          const Dtype type = acc_of(dtype);
          const int64_t own = kernels::marked(type), count = kernels::marks_for(kEntries * columns, type);
          Tensor index = Numbers(2).indices(tokens, kEntries);
          for (int64_t t = 0; t < tokens; ++t) {
            if (t % 3 == 0) index.data<int32_t>()[t] = 5;    // has parts in several chunks
            if (t % 9 == 1) index.data<int32_t>()[t] = 140;  // the padding row
          }
          std::vector<int32_t> expected(static_cast<size_t>(count), mark::kNothing);
          for (size_t i = 0; i < expected.size(); i += 3) expected[i] = mark::kMoments;
          const Tensor marks = Tensor::from(expected, {count}).to(device).clone();
          for (const int64_t row : index.span<int32_t>()) {
            if (row == 140) continue;
            for (int64_t i = row * columns; i < (row + 1) * columns; ++i)
              expected[static_cast<size_t>(i / own)] = mark::kGradient;
          }
          const Tensor dtable = Tensor::zeros({kEntries, columns}, type, device), there = index.to(device),
                       dy = Numbers(1).normal({tokens, columns}).to(dtype).to(device);
          launch(device, kernels::EmbeddingBackward{.dy = dy,
                                                    .tables = {{.index = there,
                                                                .dtable = {.view = dtable, .add = true},
                                                                .padding_index = 140,
                                                                .marks = marks}}});
          EXPECT_EQ(marks.to(Device{}).to_vector<int32_t>(), expected)
              << label(to_string(device), dtype, {tokens, columns});
        }
      }
    }
  }
}

TEST(CudaEmbedding, RefusesMarksOfAnotherGradient) {
  const Tensor dy = Tensor::zeros({3, 24}), dtable = Tensor::zeros({50, 48}),
               index = Tensor::zeros({3}, Dtype::i32);
  const View part = dtable.view().columns_between(0, 24);
  const auto with = [&](const View& own, const Tensor& marks) {
    launch({}, kernels::EmbeddingBackward{.dy = dy,
                                          .tables = {{.index = index,
                                                      .dtable = {.view = own, .add = true},
                                                      .padding_index = -1,
                                                      .marks = marks}}});
  };
  const int64_t count = kernels::marks_for(50 * 24, Dtype::f32);
  const Tensor whole = Tensor::zeros({50, 24});
  EXPECT_THROW(with(part, Tensor::zeros({count}, Dtype::i32)), Error);
  EXPECT_THROW(with(whole, Tensor::zeros({count + 1}, Dtype::i32)), Error);
  EXPECT_THROW(with(whole, Tensor::zeros({count}, Dtype::f32)), Error);
  with(whole, Tensor::zeros({count}, Dtype::i32));
}

// The sum of f32 tables in bf16, and the gradients that come back in bf16: the bits of a cast after an f32
// sum.
TEST(CudaEmbedding, ASumInBf16HasTheBitsOfACast) {
  for (const Device device : {Device{}, cuda_device()}) {
    for (const Shape& shape : {Shape{37, 64}, Shape{37, 35}}) {
      for (size_t count : {1u, 2u, 3u}) {
        const auto values_and_gradients = [&](bool by_cast) {
          Vars tables;
          std::vector<Tensor> indices;
          for (size_t i = 0; i < count; ++i) {
            tables.push_back(Var::leaf(Numbers(i).normal({20, shape[1]}).to(Dtype::f32).to(device)));
            indices.push_back(Numbers(10 + i).indices(shape[0], 20).to(device));
          }
          const Var y = by_cast ? cast(embedding_sum(tables, indices), Dtype::bf16)
                                : embedding_sum(tables, indices, -1, Dtype::bf16);
          backward(y, Numbers(20).normal(shape).to(Dtype::bf16).to(device));
          std::vector<Tensor> all{y.value().to(Device{})};
          for (const Var& table : tables) all.push_back(table.grad().to(Device{}));
          return all;
        };
        const auto expected = values_and_gradients(true), actual = values_and_gradients(false);
        for (size_t i = 0; i < expected.size(); ++i) {
          EXPECT_EQ(
              joined(compare_bits(label(to_string(device), Dtype::bf16, shape), actual[i], expected[i])), "")
              << i;
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
          launch(device, kernels::EmbeddingBackward{
                             .dy = dy.to(device),
                             .tables = {{.index = there.slice(begin, begin + 300), .dtable = out}}});
        },
        30);
  }
}

TEST(CudaEmbedding, GradientMayBeBf16) {
  const Tensor dy = Numbers(1).normal({37, 64}).to(Dtype::bf16), index = Numbers(2).indices(37, 30);
  compare_outputs(
      "bf16 table", Dtype::bf16, {30, 64},
      [&](Device device, GradOut out, Frame frame) {
        launch(device, kernels::EmbeddingBackward{.dy = Framed(dy, device, frame),
                                                  .tables = {{.index = index.to(device), .dtable = out}}});
      },
      8);
}

}  // namespace
}  // namespace hone::test

#include <hone/core/tensor.h>

#include <gtest/gtest.h>

#include <hone/core/error.h>
#include "core/build_config.h"
#include "core/view.h"

namespace hone {
namespace {

template <class F>
std::string message(const F& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Tensor, HoldsWhatItIsGiven) {
  const Tensor x = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3});
  EXPECT_EQ(x.elements(), 6);
  EXPECT_EQ(x.bytes(), 24);
  EXPECT_EQ(x.to_vector<float>(), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(Tensor::full({3}, 7, Dtype::i32).to_vector<int32_t>(), (std::vector<int32_t>{7, 7, 7}));
  EXPECT_EQ(Tensor::zeros({2}, Dtype::f64).to_vector<double>(), (std::vector<double>{0, 0}));
  EXPECT_EQ(Tensor::full({}, 2.5).item(), 2.5);
  EXPECT_EQ(Tensor::full({1, 1}, -3, Dtype::i32).item(), -3);
}

TEST(Tensor, IsAligned) {
  for (int64_t n : {1, 7, 100}) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(Tensor::empty({n}).data<float>()) % 64, 0u);
  }
}

TEST(Tensor, SlicesAndReshapesShareMemoryAndClonesDoNot) {
  const Tensor x = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {3, 2});
  const Tensor slice = x.slice(1, 3), part = slice.slice(1, 2), flat = x.reshape({6}), copy = slice.clone();
  EXPECT_EQ(part.to_vector<float>(), (std::vector<float>{5, 6}));
  x.data<float>()[4] = 50;
  EXPECT_EQ(part.to_vector<float>(), (std::vector<float>{50, 6}));
  EXPECT_EQ(flat.data<float>()[4], 50);
  EXPECT_EQ(copy.to_vector<float>(), (std::vector<float>{3, 4, 5, 6}));
}

TEST(Tensor, LivesAsLongAsItsLastPart) {
  Tensor part;
  {
    const Tensor whole = Tensor::full({1000, 3}, 4);
    part = whole.slice(999, 1000);
  }
  const Tensor other = Tensor::full({1000, 3}, 9);
  EXPECT_EQ(part.to_vector<float>(), (std::vector<float>{4, 4, 4}));
}

TEST(Tensor, MayBeEmpty) {
  const Tensor x = Tensor::zeros({0, 3});
  EXPECT_TRUE(x.defined());
  EXPECT_EQ(x.elements(), 0);
  EXPECT_EQ(x.slice(0, 0).shape(), (Shape{0, 3}));
  EXPECT_EQ(x.clone().to(Dtype::f64).elements(), 0);
  EXPECT_EQ(Tensor::full({3, 0}, 1).slice(1, 2).shape(), (Shape{1, 0}));
  EXPECT_FALSE(Tensor{}.defined());
  EXPECT_FALSE(Tensor{}.view());
}

TEST(Tensor, ConvertsBetweenFloatingTypes) {
  const Tensor x = Tensor::from(std::vector<double>{1.5, 1e300, 0.1}, {3});
  EXPECT_EQ(x.to(Dtype::f32).to_vector<float>()[2], 0.1f);
  EXPECT_EQ(x.to(Dtype::f32).to(Dtype::f64).to_vector<double>()[0], 1.5);
  EXPECT_EQ(message([&] { x.to(Dtype::i32); }), "to: f64 cannot become i32");
}

TEST(TensorErrors, SayWhatWasExpected) {
  const Tensor x = Tensor::zeros({2, 3});
  EXPECT_EQ(message([&] { x.data<double>(); }), "tensor: f64 on cpu wanted, this is f32 [2, 3] on cpu");
  EXPECT_EQ(message([&] { x.item(); }), "item: one element expected, shape [2, 3]");
  EXPECT_EQ(message([&] { x.reshape({7}); }), "reshape: [2, 3] to [7]: not as many elements");
  EXPECT_EQ(message([&] { x.slice(1, 3); }), "slice: entries 1 to 3 of shape [2, 3]");
  EXPECT_EQ(message([&] { x.slice(-1, 1); }), "slice: entries -1 to 1 of shape [2, 3]");
  EXPECT_EQ(message([&] { x.slice(2, 1); }), "slice: entries 2 to 1 of shape [2, 3]");
  EXPECT_EQ(message([&] { Tensor::full({}, 1).slice(0, 1); }), "slice: entries 0 to 1 of shape []");
  EXPECT_EQ(message([&] { Tensor::from(std::vector<float>{1, 2}, {3}); }), "tensor: 2 values for shape [3]");
  EXPECT_EQ(message([&] { Shape({1, -2}); }), "shape: negative size -2");
  EXPECT_EQ(message([&] { Shape({1, 1, 1, 1, 1}); }), "shape: rank 5, at most 4 expected");
  EXPECT_EQ(message([&] { x.view().columns_between(1, 4); }), "view: columns 1 to 4 of f32 [2, 3] on cpu");
}

TEST(TensorErrors, UndefinedTensors) {
  const Tensor none;
  EXPECT_EQ(message([&] { none.data<float>(); }), "tensor: data of an undefined tensor");
  EXPECT_EQ(message([&] { none.set_zero(); }), "tensor: an undefined tensor cannot be cleared");
  EXPECT_EQ(message([&] { Tensor::zeros({}).copy_from(none); }),
            "tensor: a copy of, or into, an undefined tensor");
  EXPECT_EQ(message([&] { none.clone(); }), "tensor: a copy of an undefined tensor");
  EXPECT_EQ(message([&] { none.to(Dtype::f64); }), "tensor: data of an undefined tensor");
  EXPECT_EQ(message([&] { none.item(); }), "item: one element expected, shape []");
  EXPECT_EQ(describe(none), "nothing");
}

TEST(TensorErrors, SizesThatNoMemoryHas) {
  const int64_t large = int64_t{1} << 40;
  EXPECT_EQ(message([&] {
              Tensor::empty({large, large});
            }),
            "tensor: shape [1099511627776, 1099511627776] is larger than any memory");
  EXPECT_THROW(Tensor::empty({int64_t{1} << 62}), Error);
  EXPECT_NE(message([&] { Tensor::empty({large}); }).find("cpu memory: 4194304 MiB wanted"),
            std::string::npos);
  EXPECT_EQ(Tensor::zeros({4}).elements(), 4);  // later allocations succeed
}

TEST(TensorErrors, OtherDevices) {
  const Device cuda{DeviceType::cuda, 1};
  EXPECT_EQ(message([&] { Tensor::empty({2}, Dtype::f32, cuda); }).find("device cuda:1: "), 0u);
  if (!kHasCuda) {
    EXPECT_EQ(message([&] { Tensor::zeros({2}).to(cuda); }),
              "device cuda:1: this build of hone runs on the CPU only");
  }
}

}  // namespace
}  // namespace hone

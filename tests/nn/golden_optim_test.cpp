// Optimizers against PyTorch's and schedules against transformers': tests/golden/optimizers.txt, written by
// tools/make_golden_optim.py.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <hone/autograd/ops/mean_squared_error.h>
#include <hone/nn/layers.h>
#include <hone/nn/optim/adamw.h>
#include <hone/nn/optim/schedule.h>
#include <hone/nn/optim/sgd.h>
#include "tests/cuda/emulated_device.h"
#include "tests/support/paths.h"
#include "tests/support/tolerance.h"

namespace hone::test {
namespace {

std::map<std::string, std::vector<double>> golden_numbers() {
  std::ifstream file(std::string(source_dir()) + "/tests/golden/optimizers.txt");
  std::map<std::string, std::vector<double>> out;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    for (double x; words >> x;) out[name].push_back(x);
  }
  return out;
}

using Groups = std::vector<ParameterGroup>;
struct Case {
  std::string name;
  double learning_rate;
  double weight_decay;
  std::function<std::unique_ptr<Optimizer>(const Groups&)> make;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"adamw", .1, .01, [](const Groups& g) { return std::make_unique<AdamW>(g); }},
      {"adamw_decay", .1, .2,
       [](const Groups& g) {
         return std::make_unique<AdamW>(g,
                                        AdamSettings{.beta1 = .8, .beta2 = .95, .eps = 1e-3, .clip_norm = 1});
       }},
      {"sgd", .005, 0, [](const Groups& g) { return std::make_unique<SGD>(g); }},
      {"sgd_decay", .005, .3, [](const Groups& g) { return std::make_unique<SGD>(g); }},
      {"sgd_momentum", .005, 0,
       [](const Groups& g) { return std::make_unique<SGD>(g, SgdSettings{.momentum = .9}); }},
      {"sgd_nesterov", .005, .3, [](const Groups& g) {
         return std::make_unique<SGD>(g, SgdSettings{.momentum = .9, .nesterov = true, .clip_norm = 20});
       }}};
  return all;
}

struct Regression : Module {
  Regression(Dtype dtype, Device device) : Module(dtype) {
    line.weight.set_value(Tensor::from(std::vector<double>{.5, -.25}, {1, 2}).to(dtype));
    line.bias.set_value(Tensor::from(std::vector<double>{.125}, {1}).to(dtype));
    Module::to(device);
  }
  Linear line{*this, "line", 2, 1};
};

// y = 3 x0 + x1 - 2 by the mean of squared errors.
void expect_path(const Case& c, Dtype dtype, Device device,
                 const std::map<std::string, std::vector<double>>& golden) {
  Regression model(dtype, device);
  const auto optimizer = c.make({{{&model.line.weight, &model.line.bias}, c.weight_decay}});
  const Tensor x = Tensor::from(std::vector<double>{2, 1, 7, 4, -4, 12, 5, 8}, {4, 2}).to(dtype).to(device);
  const Tensor y = Tensor::from(std::vector<double>{5, 23, -2, 21}, {4, 1}).to(dtype).to(device);
  for (int step = 1; step <= 6; ++step) {
    const Var loss = mean_squared_error(model.line(x), y);
    backward(loss);
    EXPECT_TRUE(optimizer->step(loss.value(), c.learning_rate).finite);
    std::vector<double> got = doubles(model.line.weight.value().to(Device{}));
    got.push_back(model.line.bias.value().item());
    const auto& expected = golden.at(c.name + "." + std::to_string(step));
    for (size_t i = 0; i < 3; ++i) {
      EXPECT_NEAR(got[i], expected[i], dtype == Dtype::f64 ? 1e-13 : 2e-6)
          << c.name << " step " << step << " on " << to_string(device) << ' ' << name_of(dtype);
    }
  }
}

TEST(GoldenOptimizers, TakeTheSameSteps) {
  const auto golden = golden_numbers();
  for (const Case& c : cases()) {
    for (const Device device : devices_there()) {
      for (const Dtype dtype : {Dtype::f64, Dtype::f32}) expect_path(c, dtype, device, golden);
    }
  }
}

TEST(GoldenSchedules, GiveTheSameFactors) {
  const auto golden = golden_numbers();
  const std::map<std::string, ScheduleKind> kinds{{"constant", ScheduleKind::constant},
                                                  {"linear", ScheduleKind::linear},
                                                  {"cosine", ScheduleKind::cosine}};
  int checked = 0;
  for (const auto& [name, kind] : kinds) {
    for (const auto& [warmup, total] : {std::pair{0, 10}, {2, 10}, {3, 7}, {5, 5}}) {
      const auto& expected = golden.at(name + "." + std::to_string(warmup) + "." + std::to_string(total));
      ASSERT_EQ(expected.size(), static_cast<size_t>(total) + 1);
      for (int k = 0; k <= total; ++k, ++checked) {
        EXPECT_NEAR((Schedule{kind, warmup, total}.factor(k)), expected[static_cast<size_t>(k)], 1e-15)
            << name << ' ' << k;
      }
    }
  }
  EXPECT_EQ(checked, 3 * (11 + 11 + 8 + 6));
}

}  // namespace
}  // namespace hone::test

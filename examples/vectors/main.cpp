#include <cstdio>

#include <hone/hone.h>
using namespace hone;

struct Net : Module {
  Linear hidden{*this, "hidden", 2, 16, 0.5}, out{*this, "out", 16, 2, 0.5};
  Var operator()(const Tensor& x) const { return out(tanh(hidden(x))); }
};

int main() {
  Net net;
  net.initialise(42);
  const VectorBatch rows{Tensor::from(std::vector<float>{0, 0, 0, 1, 1, 0, 1, 1}, {4, 2}),
                         Tensor::from(std::vector<int32_t>{0, 1, 1, 0}, {4})};
  Trainer(net, rows, {.batch_size = 4, .epochs = 200, .learning_rate = 0.05}, [&](const VectorBatch& batch) {
    return cross_entropy(net(batch.x), batch.labels);
  }).run();
  const auto figures = evaluate(net, rows, [&](const VectorBatch& batch) { return net(batch.x); });
  std::printf("loss %.6f  accuracy %.3f\n", figures.loss, accuracy(figures.counts));
}

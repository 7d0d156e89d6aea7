#include <cstdio>

#include <hone/hone.h>
using namespace hone;

struct Net : Module {
  Linear hidden{*this, "hidden", 2, 16, 0.5}, out{*this, "out", 16, 2, 0.5};
  Var operator()(const Var& x) const { return out(tanh(hidden(x))); }
};

int main() {
  Net net;
  net.initialise(42);
  AdamW optimizer(decay_groups(net, 0), {.eps = 1e-8});
  const Tensor x = Tensor::from(std::vector<float>{0, 0, 0, 1, 1, 0, 1, 1}, {4, 2});
  const Tensor labels = Tensor::from(std::vector<int32_t>{0, 1, 1, 0}, {4});
  for (int step = 0; step < 200; ++step) {
    const Var loss = cross_entropy(net(x), labels);
    backward(loss);
    optimizer.step(loss.value(), 0.05);
    if (step % 50 == 49) std::printf("step %d  loss %.6f\n", step + 1, loss.value().item());
  }
}

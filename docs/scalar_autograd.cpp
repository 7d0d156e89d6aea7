// Reverse-mode automatic differentiation of single numbers, complete.
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <vector>

// A number in a graph: its value, the derivative of the final result by it, what it was made of, and how to
// pass the derivative on.
struct Number {
  double value;
  double grad = 0;
  std::vector<std::shared_ptr<Number>> inputs = {};
  std::function<void()> pass_on = [] {};
};
using Ref = std::shared_ptr<Number>;

Ref number(double value) { return std::make_shared<Number>(Number{value}); }

Ref multiply(const Ref& a, const Ref& b) {
  Ref y = std::make_shared<Number>(Number{a->value * b->value, 0, {a, b}});
  y->pass_on = [y = y.get(), a, b] {
    a->grad += y->grad * b->value;  // d(ab)/da = b
    b->grad += y->grad * a->value;  // d(ab)/db = a
  };
  return y;
}

Ref add(const Ref& a, const Ref& b) {
  Ref y = std::make_shared<Number>(Number{a->value + b->value, 0, {a, b}});
  y->pass_on = [y = y.get(), a, b] {
    a->grad += y->grad;
    b->grad += y->grad;
  };
  return y;
}

Ref tanh(const Ref& a) {
  Ref y = std::make_shared<Number>(Number{std::tanh(a->value), 0, {a}});
  y->pass_on = [y = y.get(), a] { a->grad += y->grad * (1 - y->value * y->value); };
  return y;
}

// All numbers that `y` was made of, each before those made of it.
void collect(const Ref& y, std::vector<Ref>& order) {
  for (const Ref& seen : order) {
    if (seen == y) return;
  }
  for (const Ref& input : y->inputs) collect(input, order);
  order.push_back(y);
}

void backward(const Ref& y) {
  std::vector<Ref> order;
  collect(y, order);
  y->grad = 1;
  for (size_t i = order.size(); i-- > 0;) order[i]->pass_on();
}

int main() {
  const Ref w = number(0.5), x = number(2), b = number(-0.25);
  const Ref y = tanh(add(multiply(w, x), b));
  backward(y);
  std::printf("y %.6f  dy/dw %.6f  dy/dx %.6f  dy/db %.6f\n", y->value, w->grad, x->grad, b->grad);
}

// The product on the emulated device: by the CPU's kernel, on the same memory.
#include "core/kernels/gemm.h"
#include "cuda/emulation/runtime.h"
#include "cuda/finish_product.h"

namespace hone::kernels {

void run(CudaStream& stream, const Gemm& k) {
  Gemm product = k;
  if (k.activation) {
    product.bias = {};
    product.activation = {};
  }
  for (View* view : {&product.a, &product.b, &product.bias, &product.c.view}) view->device = {};
  emulation::perform([product] { run(cpu_stream(), product); });
  if (k.activation) finish_product(stream, k);
}

}  // namespace hone::kernels

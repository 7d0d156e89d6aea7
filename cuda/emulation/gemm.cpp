// The product on the emulated device: the CPU's kernel, on the same memory.
#include "core/kernels/gemm.h"
#include "cuda/emulation/emulator.h"
#include "cuda/finish_product.h"

namespace hone {

void run(CudaStream& stream, const Gemm& k) {
  Gemm on_cpu = k;
  if (k.activation) {
    on_cpu.bias = {};
    on_cpu.activation = {};
  }
  for (View* view : {&on_cpu.a, &on_cpu.b, &on_cpu.bias, &on_cpu.c.view}) view->device = {};
  emulation::perform([on_cpu] { run(cpu_stream(), on_cpu); });
  if (k.activation) finish_product(stream, k);
}

}  // namespace hone

#pragma once

namespace hone {

// Options say how a device computes. They belong to the device, and hold for all models that compute on it;
// nothing else in the library changes them. They must not be set while the device computes. Results do not
// depend on the number of threads; every other option may change their last bits.

// The instruction sets that the CPU's inner loops are compiled for.
enum class Isa { portable, avx2, avx512, avx512_bf16 };
inline constexpr Isa kAllIsas[] = {Isa::portable, Isa::avx2, Isa::avx512, Isa::avx512_bf16};
const char* name_of(Isa isa);
bool supports(Isa isa);  // by this machine

struct CpuOptions {
  int threads;  // 1 to 1024, the calling one included
  Isa isa;
};
// At first: a thread for each core that the process may use (cpu/default_threads.h), and the best instruction
// set that this machine has, or the one that HONE_CPU_ISA=portable|avx2|avx512|avx512_bf16 asks for, which is
// read once. Throws UsageError when that names none, or one that the machine lacks.
CpuOptions default_cpu_options();
CpuOptions cpu_options();
// Throws UsageError for another number of threads or an instruction set that the machine lacks.
void set_cpu_options(const CpuOptions& options);

// The implementations of attention: hone's own kernels; cuDNN's, and an error where it cannot compute; or
// cuDNN's where it can and sequences are long, and hone's own elsewhere.
enum class AttentionChoice { automatic, plain, cudnn };

struct CudaOptions {
  bool tf32 = false;  // f32 products with 10 bits of precision instead of 23, many times faster
  AttentionChoice attention = AttentionChoice::automatic;
};
// The options of device cuda:index. A build without CUDA has them, too, and no use for them.
CudaOptions cuda_options(int index);
void set_cuda_options(int index, const CudaOptions& options);

}  // namespace hone

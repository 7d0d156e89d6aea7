#pragma once

#include <memory>
#include <vector>

namespace hone::emulation {

// A stack of its own, and where on it we are. Knows AddressSanitizer's rules for changing stacks.
class Fibre {
 public:
  Fibre() = default;                // the stack of whoever calls
  explicit Fibre(void (*entry)());  // a new one, on which the first switch calls entry(); it must not return
  ~Fibre();
  Fibre(const Fibre&) = delete;
  Fibre& operator=(const Fibre&) = delete;

  // Back to the state of a new one; what was on the stack is forgotten.
  void restart(void (*entry)());
  // Leaves this fibre, which is the one that runs, for `other`; returns when somebody switches back.
  void switch_to(Fibre& other);
  // To be called first on a stack that is entered for the first time.
  static void entered();

 private:
  void* context_ = nullptr;
  char* stack_ = nullptr;       // null: the caller's
  void* fake_stack_ = nullptr;  // AddressSanitizer's
  const void* bottom_ = nullptr;
  size_t size_ = 0;
};

}  // namespace hone::emulation

#include "apps/common/signals.h"

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace hone {
namespace {

std::atomic<int> g_noted{0};
static_assert(std::atomic<int>::is_always_lock_free);

void note(int signal_number) {
  int none = 0;
  if (!g_noted.compare_exchange_strong(none, signal_number)) ::_exit(128 + none);
}

}  // namespace

Interrupted::Interrupted(int signal_number)
    : Error(signal_number == SIGINT ? "interrupted by SIGINT" : "interrupted by SIGTERM",
            128 + signal_number) {}

void catch_signals() {
  struct sigaction action = {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void throw_if_interrupted() {
  if (const int signal_number = g_noted) throw Interrupted(signal_number);
}

}  // namespace hone

#include "apps/cli/signals.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string>

namespace hone {
namespace {

std::atomic<int> g_noted{0};
static_assert(std::atomic<int>::is_always_lock_free);

void note(int signal_number) {
  int none = 0;
  if (!g_noted.compare_exchange_strong(none, signal_number)) ::_exit(128 + none);
}

const char* name_of(int signal_number) {
  return signal_number == SIGINT ? "SIGINT" : (signal_number == SIGHUP ? "SIGHUP" : "SIGTERM");
}

}  // namespace

Interrupted::Interrupted(int signal_number)
    : Interrupted(signal_number, std::string("interrupted by ") + name_of(signal_number)) {}

Interrupted::Interrupted(int signal_number, const std::string& message)
    : Error(message), signal_number_(signal_number) {}

void catch_signals() {
  struct sigaction action = {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  struct sigaction before = {};
  sigaction(SIGHUP, nullptr, &before);
  if (before.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);  // nohup's wish stands
}

void throw_if_interrupted() {
  if (const int signal_number = g_noted) throw Interrupted(signal_number);
}

}  // namespace hone

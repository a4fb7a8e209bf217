// SPDX-License-Identifier: Apache-2.0
#include "platform/exec/preload/traps.hpp"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "platform/exec/preload/emulate.hpp"
#include "platform/exec/preload/real.hpp"
#include "platform/exec/preload/transport.hpp"

namespace phbsim::exec {
namespace {

struct Trap {
  uintptr_t start = 0;
  size_t bytes = 0;  ///< 0: free
  uint64_t mapping = 0;
  uint64_t offset = 0;
};
constexpr unsigned kTraps = 256;
Trap g_traps[kTraps];
int g_lock = 0;
bool g_any = false;
struct sigaction g_program;  ///< what the program wants to do on SIGSEGV

/// Held for a few instructions, with signals off: the handler takes it, too.
class TrapLock {
 public:
  TrapLock() {
    const uint64_t all = ~0ull;
    sys(SYS_rt_sigprocmask, SIG_SETMASK, &all, &saved_, sizeof saved_);
    while (__atomic_exchange_n(&g_lock, 1, __ATOMIC_ACQUIRE) != 0) sys(SYS_sched_yield);
  }
  ~TrapLock() {
    __atomic_store_n(&g_lock, 0, __ATOMIC_RELEASE);
    sys(SYS_rt_sigprocmask, SIG_SETMASK, &saved_, nullptr, sizeof saved_);
  }
  TrapLock(const TrapLock&) = delete;
  TrapLock& operator=(const TrapLock&) = delete;

 private:
  uint64_t saved_ = 0;
};

bool find_trap(uintptr_t at, Trap& found) {
  const TrapLock lock;
  for (const Trap& t : g_traps) {
    if (at - t.start >= t.bytes) continue;
    found = t;
    return true;
  }
  return false;
}

bool insert_locked(const Trap& trap) {
  for (Trap& t : g_traps) {
    if (t.bytes != 0) continue;
    t = trap;
    return true;
  }
  return false;
}

class TrapBus final : public Bus {
 public:
  bool load(uintptr_t at, void* to, unsigned bytes) override { return each(at, static_cast<uint8_t*>(to), bytes, Op::Load); }
  bool store(uintptr_t at, const void* from, unsigned bytes) override {
    return each(at, static_cast<uint8_t*>(const_cast<void*>(from)), bytes, Op::Store);
  }

 private:
  /// Wider than a register: one access after the other, from the lowest address up.
  static bool each(uintptr_t at, uint8_t* data, unsigned bytes, Op op) {
    Trap trap;
    if (!find_trap(at, trap)) {
      // The other side of movs: plain memory.
      if (op == Op::Load) {
        memcpy(data, reinterpret_cast<const void*>(at), bytes);
      } else {
        memcpy(reinterpret_cast<void*>(at), data, bytes);
      }
      return true;
    }
    for (unsigned done = 0; done < bytes;) {
      const unsigned part = bytes - done < 8 ? bytes - done : 8;
      Request request;
      request.op = op;
      request.args[0] = trap.mapping;
      request.args[1] = trap.offset + (at - trap.start) + done;
      request.args[2] = part;
      if (op == Op::Store) memcpy(&request.args[3], data + done, part);
      Reply reply;
      if (!call(request, reply)) return false;
      // A device that does not answer reads as all ones.
      const uint64_t value = reply.error != 0 ? ~0ull : static_cast<uint64_t>(reply.value);
      if (op == Op::Load) memcpy(data + done, &value, part);
      done += part;
    }
    return true;
  }
};

void say_unknown(const ucontext_t& context, uintptr_t at) {
  char text[160];
#if defined(__x86_64__)
  const auto rip = static_cast<uintptr_t>(context.uc_mcontext.gregs[REG_RIP]);
#else
  const uintptr_t rip = 0;
  (void)context;
#endif
  int n = snprintf(text, sizeof text, "phbsim exec: cannot do the instruction at %#lx on device registers at %#lx:", rip, at);
  for (unsigned i = 0; rip != 0 && i < 12; ++i) {
    n += snprintf(text + n, sizeof text - static_cast<size_t>(n), " %02x", reinterpret_cast<const uint8_t*>(rip)[i]);
  }
  text[n++] = '\n';
  sys(SYS_write, 2, text, static_cast<size_t>(n));
}

int kernel_sigaction(int signal, const struct sigaction* now, struct sigaction* before) {
  using Call = int (*)(int, const struct sigaction*, struct sigaction*);
  return PHBSIM_NEXT(Call, sigaction)(signal, now, before);
}

/// Lets the program have the signal as if nobody were in between.
void pass_on(int signal, siginfo_t* info, void* context) {
  const struct sigaction action = g_program;
  if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) {
    struct sigaction plain {};
    plain.sa_handler = SIG_DFL;
    kernel_sigaction(signal, &plain, nullptr);  // the instruction faults again, and ends the program
    return;
  }
  sigset_t mask = action.sa_mask;
  const auto* const interrupted = &static_cast<const ucontext_t*>(context)->uc_sigmask;
  for (int s = 1; s < 65; ++s) {
    if (sigismember(interrupted, s) == 1) sigaddset(&mask, s);
  }
  if ((action.sa_flags & SA_NODEFER) == 0) sigaddset(&mask, signal);
  sys(SYS_rt_sigprocmask, SIG_SETMASK, &mask, nullptr, 8);
  if ((action.sa_flags & SA_RESETHAND) != 0) g_program.sa_handler = SIG_DFL;
  if ((action.sa_flags & SA_SIGINFO) != 0) {
    action.sa_sigaction(signal, info, context);
  } else {
    action.sa_handler(signal);
  }
}

void on_fault(int signal, siginfo_t* info, void* context) {
  const KeepErrno keep;
  const auto at = reinterpret_cast<uintptr_t>(info->si_addr);
  Trap trap;
  if (info->si_code > 0 && find_trap(at, trap)) {
    TrapBus bus;
    if (emulate(*static_cast<ucontext_t*>(context), at, bus)) return;
    say_unknown(*static_cast<const ucontext_t*>(context), at);
  }
  pass_on(signal, info, context);
}

void install_handler() {
  if (g_any) return;
  struct sigaction ours {};
  ours.sa_sigaction = on_fault;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  kernel_sigaction(SIGSEGV, &ours, &g_program);
  g_any = true;
  const uint64_t bit = 1ull << (SIGSEGV - 1);
  sys(SYS_rt_sigprocmask, SIG_UNBLOCK, &bit, nullptr, sizeof bit);
}

}  // namespace

bool add_trap(uintptr_t start, size_t bytes, uint64_t mapping, uint64_t offset) {
  install_handler();
  const TrapLock lock;
  return insert_locked({start, bytes, mapping, offset});
}

void remove_traps(uintptr_t start, size_t bytes) {
  if (!g_any) return;
  const uintptr_t end = start + bytes;
  const TrapLock lock;
  for (Trap& t : g_traps) {
    if (t.bytes == 0 || t.start >= end || start >= t.start + t.bytes) continue;
    const Trap whole = t;
    t.bytes = whole.start < start ? start - whole.start : 0;
    if (end < whole.start + whole.bytes) {
      const size_t cut = end - whole.start;
      insert_locked({end, whole.bytes - cut, whole.mapping, whole.offset + cut});
    }
  }
}

void move_traps(uintptr_t from, size_t from_bytes, uintptr_t to, size_t to_bytes) {
  if (!g_any) return;
  Trap moved;
  const bool was = find_trap(from, moved);
  const uint64_t offset = moved.offset + (from - moved.start);
  remove_traps(from, from_bytes);
  remove_traps(to, to_bytes);
  if (was) {
    const TrapLock lock;
    insert_locked({to, to_bytes < from_bytes ? to_bytes : from_bytes, moved.mapping, offset});
  }
}

}  // namespace phbsim::exec

using namespace phbsim::exec;

namespace {

using Handler = void (*)(int);

/// What the program sees of SIGSEGV's action while the library has it.
int program_action(const struct sigaction* now, struct sigaction* before) {
  if (before != nullptr) *before = g_program;
  if (now != nullptr) g_program = *now;
  return 0;
}

Handler program_handler(Handler handler, int flags) {
  const Handler before = g_program.sa_handler;
  struct sigaction now {};
  now.sa_handler = handler;
  now.sa_flags = flags;
  g_program = now;
  return before;
}

bool ours(int signal) { return signal == SIGSEGV && g_any; }

}  // namespace

PHBSIM_INTERPOSE(int, sigaction, int signal, const struct sigaction* now, struct sigaction* before) {
  return ours(signal) ? program_action(now, before) : kernel_sigaction(signal, now, before);
}
PHBSIM_INTERPOSE(Handler, signal, int number, Handler handler) {
  return ours(number) ? program_handler(handler, SA_RESTART) : PHBSIM_NEXT(Handler (*)(int, Handler), signal)(number, handler);
}
PHBSIM_INTERPOSE(Handler, bsd_signal, int number, Handler handler) {
  return ours(number) ? program_handler(handler, SA_RESTART) : PHBSIM_NEXT(Handler (*)(int, Handler), bsd_signal)(number, handler);
}
PHBSIM_INTERPOSE(Handler, __sysv_signal, int number, Handler handler) {
  return ours(number) ? program_handler(handler, SA_RESETHAND | SA_NODEFER)
                      : PHBSIM_NEXT(Handler (*)(int, Handler), __sysv_signal)(number, handler);
}

/// SIGSEGV stays open while registers are mapped: blocked, a fault would end the program.
template <class Call>
int masked(Call next, int how, const sigset_t* now, sigset_t* before) {
  if (!g_any || now == nullptr || how == SIG_UNBLOCK || sigismember(now, SIGSEGV) != 1) return next(how, now, before);
  sigset_t open = *now;
  sigdelset(&open, SIGSEGV);
  return next(how, &open, before);
}
using MaskCall = int (*)(int, const sigset_t*, sigset_t*);
PHBSIM_INTERPOSE(int, sigprocmask, int how, const sigset_t* now, sigset_t* before) {
  return masked(PHBSIM_NEXT(MaskCall, sigprocmask), how, now, before);
}
PHBSIM_INTERPOSE(int, pthread_sigmask, int how, const sigset_t* now, sigset_t* before) {
  return masked(PHBSIM_NEXT(MaskCall, pthread_sigmask), how, now, before);
}

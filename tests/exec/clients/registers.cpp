// SPDX-License-Identifier: Apache-2.0
/// Loads and stores on mapped registers, each form of instruction against what it does to memory:
/// every instruction runs on the device and on a plain page, and both must agree in memory,
/// registers and flags.
#include <csetjmp>
#include <vector>

#include "tests/exec/clients/client.hpp"

using namespace client;

namespace {

volatile unsigned char* device = nullptr;
unsigned char* plain = nullptr;
int device_fd = -1;

Block accesses() {
  Block b;
  CHECK(::ioctl(device_fd, kAccesses, &b) == 0);
  return b;
}

/// The device's bytes, read past the trap.
void snapshot(unsigned char* out) { CHECK(::pread(device_fd, out, kPageBytes, 0) == static_cast<ssize_t>(kPageBytes)); }

void fill(unsigned char seed) {
  for (unsigned i = 0; i < kPageBytes; ++i) plain[i] = static_cast<unsigned char>(i * 7 + seed);
  CHECK(::pwrite(device_fd, plain, kPageBytes, 0) == static_cast<ssize_t>(kPageBytes));
}

void same_memory(const char* what) {
  unsigned char now[kPageBytes];
  snapshot(now);
  if (std::memcmp(now, plain, kPageBytes) != 0) std::fprintf(stderr, "memory differs after %s\n", what);
  CHECK(std::memcmp(now, plain, kPageBytes) == 0);
}

struct State {
  std::uint64_t a, c, d, flags;
  alignas(32) unsigned char v[2][32];
};

constexpr std::uint64_t kFlags = 0x8d5;

#define RUN_ON(page, text)                                                                                \
  [](const volatile unsigned char* base, State s) {                                                       \
    asm volatile(                                                                                         \
        "vmovdqu %[v0], %%ymm0\n vmovdqu %[v1], %%ymm9\n"                                                 \
        "push %[f]\n popfq\n" text "\n pushfq\n pop %[f]\n"                                               \
        "vmovdqu %%ymm0, %[v0]\n vmovdqu %%ymm9, %[v1]\n"                                                 \
        : [f] "+r"(s.flags), "+a"(s.a), "+c"(s.c), "+d"(s.d), [v0] "+m"(s.v[0]), [v1] "+m"(s.v[1])        \
        : "b"(base), "S"(std::uint64_t{16})                                                               \
        : "memory", "cc", "rdi", "r8", "r10", "r11", "r12", "r13", "xmm0", "xmm9");                                                                \
    return s;                                                                                             \
  }(page, start)

/// flag bits that the instruction defines
#define BOTH(text) BOTH_FLAGS(text, kFlags)
#define BOTH_FLAGS(text, defined)                                                                \
  for (unsigned round = 0; round < 3; ++round) {                                                 \
    fill(static_cast<unsigned char>(round * 91 + 128));                                          \
    State start{0x8192a3b4c5d6e7f8 + round, 0xfedcba9876543210 >> round, 0x7fffffff80000000, 0x202 | (round & 1), {}}; \
    for (unsigned i = 0; i < 64; ++i) start.v[i / 32][i % 32] = static_cast<unsigned char>(200 - i);               \
    const std::uint64_t before = accesses().a + accesses().b;                                    \
    const State on_device = RUN_ON(device, text);                                                \
    if (accesses().a + accesses().b <= before) std::fprintf(stderr, "no access by %s\n", text);  \
    CHECK(accesses().a + accesses().b > before);                                                 \
    const State on_plain = RUN_ON(plain, text);                                                  \
    same_memory(text);                                                                           \
    if (on_device.a != on_plain.a || on_device.c != on_plain.c || on_device.d != on_plain.d ||   \
        (on_device.flags & (defined)) != (on_plain.flags & (defined)) ||                         \
        std::memcmp(on_device.v, on_plain.v, 64) != 0) {                                         \
      std::fprintf(stderr, "registers differ after %s (flags %#lx %#lx, rax %#lx %#lx)\n", text, \
                   on_device.flags, on_plain.flags, on_device.a, on_plain.a);                    \
      std::_Exit(1);                                                                             \
    }                                                                                            \
  }

constexpr std::uint64_t kLogic = kFlags & ~0x10ull;  // and, or, xor, test leave AF undefined

void moves() {
  BOTH("movb (%%rbx), %%al");
  BOTH("movb 3(%%rbx), %%ah");
  BOTH("movb 5(%%rbx), %%r8b\n movzbl %%r8b, %%ecx");
  BOTH("movb %%dl, 7(%%rbx)");
  BOTH("movb %%ch, 9(%%rbx)");
  BOTH("movb %%sil, 9(%%rbx)");
  BOTH("movw 2(%%rbx), %%ax");
  BOTH("movw %%cx, 4(%%rbx)");
  BOTH("movl 8(%%rbx), %%eax");
  BOTH("movl %%ecx, 8(%%rbx,%%rsi,4)");
  BOTH("movq 16(%%rbx), %%rdx");
  BOTH("movq %%rdx, 256(%%rbx)");
  BOTH("mov %%rbx, %%r13\n movl 4(%%r13), %%eax");
  BOTH("mov %%rbx, %%r12\n movl 4(%%r12), %%eax");
  BOTH("mov %%rsi, %%r10\n movl (%%rbx,%%r10,2), %%r11d\n mov %%r11, %%rax");
  BOTH("movb $0x5a, 1(%%rbx)");
  BOTH("movw $0x8001, 2(%%rbx)");
  BOTH("movl $0x89abcdef, 4(%%rbx)");
  BOTH("movq $-2, 8(%%rbx)");
  BOTH("movzbl 5(%%rbx), %%eax");
  BOTH("movzwl 5(%%rbx), %%eax");
  BOTH("movzbw 5(%%rbx), %%ax");
  BOTH("movsbl 1(%%rbx), %%eax");
  BOTH("movsbq 1(%%rbx), %%rax");
  BOTH("movswl 1(%%rbx), %%ecx");
  BOTH("movswq 1(%%rbx), %%rcx");
  BOTH("movslq 1(%%rbx), %%rdx");
  BOTH("movnti %%eax, 12(%%rbx)");
  BOTH("movnti %%rax, 16(%%rbx)");
  BOTH("movbe 4(%%rbx), %%eax");
  BOTH("movbe %%rax, 8(%%rbx)");
  BOTH("movbe %%ax, 8(%%rbx)");
  BOTH("xchgl %%eax, 4(%%rbx)");
  BOTH("xchgb %%cl, 4(%%rbx)");
}

void arithmetic() {
  BOTH("addl %%eax, 4(%%rbx)");
  BOTH("addq 8(%%rbx), %%rax");
  BOTH("adcb %%al, 4(%%rbx)");
  BOTH("adcl 4(%%rbx), %%ecx");
  BOTH("sbbq %%rdx, 8(%%rbx)");
  BOTH("sbbw 2(%%rbx), %%ax");
  BOTH("subl $3, 4(%%rbx)");
  BOTH("subb %%ah, 4(%%rbx)");
  BOTH("cmpl %%ecx, 4(%%rbx)");
  BOTH("cmpq 8(%%rbx), %%rcx");
  BOTH("cmpb $0x80, 4(%%rbx)");
  BOTH("cmpl $0x12345678, 4(%%rbx)");
  BOTH_FLAGS("andl $0xfff0ff0f, 4(%%rbx)", kLogic);
  BOTH_FLAGS("orq %%rcx, 8(%%rbx)", kLogic);
  BOTH_FLAGS("orw $0x1234, 8(%%rbx)", kLogic);
  BOTH_FLAGS("xorb 3(%%rbx), %%cl", kLogic);
  BOTH_FLAGS("testl %%eax, 4(%%rbx)", kLogic);
  BOTH_FLAGS("testb $0x81, 4(%%rbx)", kLogic);
  BOTH_FLAGS("testl $0x80000001, 4(%%rbx)", kLogic);
  BOTH("incl 4(%%rbx)");
  BOTH("decq 8(%%rbx)");
  BOTH("incb 8(%%rbx)");
  BOTH("notl 4(%%rbx)");
  BOTH("negl 4(%%rbx)");
  BOTH("negb 5(%%rbx)");
}

void strings() {
  BOTH("lea 64(%%rbx), %%rdi\n mov $5, %%ecx\n cld\n rep stosb");
  BOTH("lea 64(%%rbx), %%rdi\n mov $3, %%ecx\n cld\n rep stosq");
  BOTH("push %%rsi\n lea 8(%%rbx), %%rsi\n lea 128(%%rbx), %%rdi\n mov $4, %%ecx\n rep movsl\n pop %%rsi");
  BOTH("push %%rsi\n lea 8(%%rbx), %%rsi\n lea 128(%%rbx), %%rdi\n movsw\n pop %%rsi");
  BOTH("push %%rsi\n lea 108(%%rbx), %%rsi\n lea 228(%%rbx), %%rdi\n mov $4, %%ecx\n std\n rep movsb\n cld\n pop %%rsi");
}

void vectors() {
  BOTH("movups 16(%%rbx), %%xmm0");
  BOTH("movups %%xmm9, 17(%%rbx)");
  BOTH("movaps 16(%%rbx), %%xmm9");
  BOTH("movapd %%xmm9, 32(%%rbx)");
  BOTH("movdqa 16(%%rbx), %%xmm0");
  BOTH("movdqa %%xmm0, 48(%%rbx)");
  BOTH("movdqu 16(%%rbx), %%xmm9");
  BOTH("movdqu %%xmm9, 50(%%rbx)");
  BOTH("lddqu 16(%%rbx), %%xmm0");
  BOTH("movntdq %%xmm0, 64(%%rbx)");
  BOTH("movntps %%xmm9, 64(%%rbx)");
  BOTH("movntdqa 64(%%rbx), %%xmm0");
  BOTH("movss 16(%%rbx), %%xmm0");
  BOTH("movss %%xmm0, 16(%%rbx)");
  BOTH("movsd 16(%%rbx), %%xmm9");
  BOTH("movsd %%xmm9, 24(%%rbx)");
  BOTH("movd 16(%%rbx), %%xmm0");
  BOTH("movd %%xmm0, 16(%%rbx)");
  BOTH("movq 16(%%rbx), %%xmm9");
  BOTH("movq %%xmm9, 40(%%rbx)");
  BOTH("vmovdqu 32(%%rbx), %%ymm0");
  BOTH("vmovdqu %%ymm9, 64(%%rbx)");
  BOTH("vmovdqa 32(%%rbx), %%ymm9");
  BOTH("vmovups %%ymm0, 65(%%rbx)");
  BOTH("vmovdqu 32(%%rbx), %%xmm9");
  BOTH("vmovdqu %%xmm0, 64(%%rbx)");
  BOTH("vmovntdq %%ymm0, 64(%%rbx)");
  BOTH("vmovq 32(%%rbx), %%xmm0");
  BOTH("vmovd %%xmm0, 32(%%rbx)");
}

void order_and_width() {
  fill(0);
  auto* const words = reinterpret_cast<volatile std::uint32_t*>(device);
  words[3] = 0x11223344;
  Block b = accesses();
  CHECK(b.c == 4 && b.d == 12);
  CHECK(words[3] == 0x11223344);
  const std::uint64_t loads = accesses().a;
  (void)words[5];
  (void)words[5];
  CHECK(accesses().a == loads + 2);
  b = accesses();
  CHECK(b.c == 4 && b.d == 20);
}

// -- the program's own handlers --------------------------------------------------------------------
sigjmp_buf escape;
volatile std::sig_atomic_t handled = 0;
void* volatile fault_address = nullptr;

void with_info(int, siginfo_t* info, void*) {
  fault_address = info->si_addr;
  handled = 1;
  siglongjmp(escape, 1);
}
void simple(int) {
  handled = 2;
  siglongjmp(escape, 1);
}

void handlers() {
  auto* const nothing = static_cast<volatile char*>(::mmap(nullptr, kPageBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  struct sigaction action {};
  action.sa_sigaction = with_info;
  action.sa_flags = SA_SIGINFO;
  CHECK(::sigaction(SIGSEGV, &action, nullptr) == 0);
  if (sigsetjmp(escape, 1) == 0) nothing[5] = 1;
  CHECK(handled == 1 && fault_address == const_cast<char*>(nothing) + 5);
  struct sigaction shown {};
  CHECK(::sigaction(SIGSEGV, nullptr, &shown) == 0 && shown.sa_sigaction == with_info);
  CHECK(device[0] == plain[0]);  // still a trap
  CHECK(::signal(SIGSEGV, simple) != SIG_ERR);
  if (sigsetjmp(escape, 1) == 0) nothing[5] = 1;
  CHECK(handled == 2);
  CHECK(device[0] == plain[0]);
  // What is not known is said, and the program's to handle.
  handled = 0;
  if (sigsetjmp(escape, 1) == 0) asm volatile("lock cmpxchgl %%ecx, (%0)" ::"r"(device) : "memory", "eax", "cc");
  CHECK(handled == 2);
  ::signal(SIGSEGV, SIG_DFL);
  // Blocked signals do not stop registers from working.
  sigset_t all;
  sigfillset(&all);
  CHECK(::sigprocmask(SIG_BLOCK, &all, nullptr) == 0);
  CHECK(device[1] == plain[1]);
  CHECK(::sigprocmask(SIG_UNBLOCK, &all, nullptr) == 0);
  // By default a real fault ends the program.
  const pid_t child = ::fork();
  if (child == 0) {
    nothing[5] = 1;
    ::_exit(0);
  }
  int status;
  CHECK(::waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

void mappings() {
  CHECK(::ioctl(device_fd, kMapped, 0) == 1);
  auto* const two = static_cast<volatile unsigned char*>(
      ::mmap(nullptr, 2 * kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, device_fd, 0));
  CHECK(two != MAP_FAILED);
  CHECK(::ioctl(device_fd, kMapped, 0) == 2);
  two[kPageBytes + 1] = 0x77;
  CHECK(two[kPageBytes + 1] == 0x77);
  // A child shares it; half of it may go.
  const pid_t child = ::fork();
  if (child == 0) {
    CHECK(two[kPageBytes + 1] == 0x77);
    two[kPageBytes + 2] = 0x78;
    ::_exit(0);
  }
  CHECK(::munmap(const_cast<unsigned char*>(two), kPageBytes) == 0);
  join(child);
  CHECK(two[kPageBytes + 2] == 0x78);
  CHECK(::ioctl(device_fd, kMapped, 0) == 2);
  void* const moved = ::mremap(const_cast<unsigned char*>(two) + kPageBytes, kPageBytes, kPageBytes, MREMAP_MAYMOVE | MREMAP_FIXED, plain + 64 * kPageBytes);
  CHECK(moved == plain + 64 * kPageBytes);
  CHECK(static_cast<volatile unsigned char*>(moved)[2] == 0x78);
  CHECK(::munmap(moved, kPageBytes) == 0);
  CHECK(::ioctl(device_fd, kMapped, 0) == 1);
  CHECK(::mmap(nullptr, kPageBytes, PROT_READ, MAP_SHARED, device_fd, 2 * kPageBytes) == MAP_FAILED && errno == EINVAL);
}

}  // namespace

int main() {
  plain = static_cast<unsigned char*>(::mmap(nullptr, 128 * kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  device_fd = ::open("/dev/vfio/7", O_RDWR);
  CHECK(device_fd >= 0);
  void* const mapped = ::mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_SHARED, device_fd, 0);
  CHECK(mapped != MAP_FAILED);
  device = static_cast<volatile unsigned char*>(mapped);
  moves();
  arithmetic();
  strings();
  vectors();
  order_and_width();
  handlers();
  mappings();
  return 0;
}

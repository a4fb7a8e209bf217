/* SPDX-License-Identifier: Apache-2.0 */
#include "ddw.h"

#include "memory.h"

#define BUS_LIMIT (1ull << 60)
#define TCE_PERMISSIONS (PHB_TCE_READ | PHB_TCE_WRITE)
#define LIST_BYTES 4096u
#define TABLE_BYTES (8 * DDW_TCE_BUDGET) /* room for any window */

struct ddw_window {
  bool open, is_default;
  uint64_t start, entries;
  struct tce_window window;
};

static struct ddw_partition partition;
static struct ddw_window windows[DDW_WINDOWS]; /* by LIOBN */
static uint64_t table_memory[DDW_WINDOWS];
static bool serving;

/* --- The partition's memory --------------------------------------------------------------------- */

/* Real address of a logical range that is the partition's, all of it. */
static bool to_real(uint64_t logical, uint64_t bytes, uint64_t *real) {
  if (logical >= partition.bytes || bytes > partition.bytes - logical) return false;
  *real = partition.real + logical;
  return true;
}

static bool grants(uint64_t tce) { return (tce & TCE_PERMISSIONS) != 0; }

/* A TCE that grants access names a whole page of the partition; one that does not may say anything. */
static bool acceptable(const struct ddw_window *w, uint64_t tce) {
  const uint64_t page = 1ull << w->window.page_shift;
  uint64_t real;
  return !grants(tce) || to_real(tce & ~(page - 1), page, &real);
}

static uint64_t real_tce(uint64_t tce) {
  uint64_t real;
  return grants(tce) && to_real(tce & PHB_TCE_RPN, 1, &real) ? (real & PHB_TCE_RPN) | (tce & ~PHB_TCE_RPN) : tce;
}

/* --- Windows ------------------------------------------------------------------------------------- */

static uint32_t pages_offered(const struct phb *phb) {
  static const struct {
    uint32_t mask;
    unsigned shift;
  } sizes[] = {{RTAS_PAGE_SHIFT_12, 12}, {RTAS_PAGE_SHIFT_16, 16}, {RTAS_PAGE_SHIFT_24, 24}, {RTAS_PAGE_SHIFT_21, 21}};
  uint32_t mask = 0;
  for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); ++i)
    if (tce_supports(phb, sizes[i].shift)) mask |= sizes[i].mask;
  return mask;
}

static bool offers(const struct phb *phb, unsigned page_shift) {
  const uint32_t bit = page_shift == 12 ? 0x001 : page_shift == 16 ? 0x002 : page_shift == 24 ? 0x004
                       : page_shift == 21 ? 0x100 : 0;
  return (pages_offered(phb) & bit) != 0;
}

static void open_window(unsigned index, uint64_t start, unsigned page_shift, uint64_t bytes, bool is_default) {
  struct ddw_window *w = &windows[index];
  const unsigned tve = 2 * partition.pe + (start >= PHB_DMA_WINDOW1);
  w->open = true;
  w->is_default = is_default;
  w->start = start;
  w->entries = bytes >> page_shift;
  w->window = (struct tce_window){partition.phb, partition.pe, tve, 1, page_shift, 0, bytes, table_memory[index]};
  w->window.index_bits = tce_index_bits(bytes, page_shift, 1);
  mem_fill64(w->window.table, 0, 1ull << w->window.index_bits);
  tce_window_attach(&w->window);
}

static void close_window(struct ddw_window *w) {
  tce_window_close(&w->window);
  w->open = false;
}

static void open_default(void) { open_window(0, 0, 12, DDW_DEFAULT_BYTES, true); }

static unsigned open_windows(void) {
  unsigned n = 0;
  for (unsigned i = 0; i < DDW_WINDOWS; ++i) n += windows[i].open;
  return n;
}

static struct ddw_window *window_of(uint64_t liobn) {
  if (liobn < partition.liobn || liobn - partition.liobn >= DDW_WINDOWS) return NULL;
  struct ddw_window *w = &windows[liobn - partition.liobn];
  return w->open ? w : NULL;
}

bool ddw_open(const struct ddw_partition *p) {
  partition = *p;
  for (unsigned i = 0; i < DDW_WINDOWS; ++i) {
    windows[i].open = false;
    table_memory[i] = mem_alloc(TABLE_BYTES, TABLE_BYTES);
    if (table_memory[i] == 0) return false;
  }
  open_default();
  serving = true;
  return true;
}

void ddw_close(void) {
  for (unsigned i = 0; i < DDW_WINDOWS; ++i)
    if (windows[i].open) close_window(&windows[i]);
  serving = false;
}

/* --- RTAS: calls on windows. Arguments and results are 32-bit cells. ------------------------------ */

struct rtas {
  uint32_t args[5], nargs, nrets;
  uint32_t rets[6]; /* after the status */
};

static bool names_our_pe(const struct rtas *call) {
  return ((uint64_t)call->args[1] << 32 | call->args[2]) == partition.buid;
}

static uint64_t tces_left(void) {
  uint64_t used = 0;
  for (unsigned i = 0; i < DDW_WINDOWS; ++i)
    if (windows[i].open && !windows[i].is_default) used += windows[i].entries;
  return used < DDW_TCE_BUDGET ? DDW_TCE_BUDGET - used : 0;
}

static int32_t rtas_query(struct rtas *call) {
  if (call->nargs != 3 || call->nrets < 5 || call->nrets > 6 || !names_our_pe(call)) return RTAS_PARAMETER;
  unsigned n = 0;
  call->rets[n++] = DDW_WINDOWS - open_windows();
  if (call->nrets == 6) call->rets[n++] = (uint32_t)(tces_left() >> 32);
  call->rets[n++] = (uint32_t)tces_left();
  call->rets[n++] = pages_offered(partition.phb);
  call->rets[n++] = 0; /* H_MIGRATE_DMA: for no page size */
  return RTAS_SUCCESS;
}

static bool place(uint64_t bytes, uint64_t *start) {
  const uint64_t choices[] = {PHB_DMA_WINDOW1, 0};
  for (unsigned c = 0; c < 2; ++c) {
    bool free = bytes <= (choices[c] == 0 ? PHB_DMA_WINDOW1 : BUS_LIMIT) - choices[c];
    for (unsigned i = 0; i < DDW_WINDOWS; ++i) free = free && !(windows[i].open && windows[i].start == choices[c]);
    *start = choices[c];
    if (free) return true;
  }
  return false;
}

static int32_t rtas_create(struct rtas *call) {
  if (call->nargs != 5 || call->nrets != 4 || !names_our_pe(call)) return RTAS_PARAMETER;
  const uint32_t page_shift = call->args[3], window_shift = call->args[4];
  if (!offers(partition.phb, page_shift) || window_shift < page_shift || window_shift > 63) return RTAS_PARAMETER;
  if (open_windows() == DDW_WINDOWS) return RTAS_PARAMETER;
  if (window_shift - page_shift > 31 || 1ull << (window_shift - page_shift) > tces_left()) return RTAS_PARAMETER;
  uint64_t start;
  if (!place(1ull << window_shift, &start)) return RTAS_HARDWARE;
  const unsigned index = windows[0].open ? 1 : 0;
  open_window(index, start, page_shift, 1ull << window_shift, false);
  call->rets[0] = partition.liobn + index;
  call->rets[1] = (uint32_t)(start >> 32);
  call->rets[2] = (uint32_t)start;
  return RTAS_SUCCESS;
}

static int32_t rtas_remove(struct rtas *call) {
  struct ddw_window *w = window_of(call->args[0]);
  if (call->nargs != 1 || call->nrets != 1 || w == NULL) return RTAS_PARAMETER;
  const bool was_default = w->is_default;
  close_window(w);
  if (open_windows() == 0 && !was_default) open_default(); /* never left without one */
  return RTAS_SUCCESS;
}

static int32_t rtas_reset(struct rtas *call) {
  if (call->nargs != 3 || call->nrets != 1 || !names_our_pe(call)) return RTAS_PARAMETER;
  for (unsigned i = 0; i < DDW_WINDOWS; ++i)
    if (windows[i].open) close_window(&windows[i]);
  open_default();
  return RTAS_SUCCESS;
}

/* The buffer: token, number of arguments, number of results; arguments; results, the status first. */
static int64_t h_rtas(uint64_t buffer) {
  uint64_t at;
  if (!to_real(buffer, 4 * 3, &at)) return H_PARAMETER;
  struct rtas call = {.nargs = hal_mem_read32(at + 4), .nrets = hal_mem_read32(at + 8)};
  if (call.nargs > 16 || call.nrets > 16 || !to_real(buffer, 4 * (3 + call.nargs + call.nrets), &at)) {
    return H_PARAMETER;
  }
  for (unsigned i = 0; i < call.nargs && i < 5; ++i) call.args[i] = hal_mem_read32(at + 12 + 4 * i);
  int32_t status;
  switch (hal_mem_read32(at)) {
    case RTAS_QUERY_PE_DMA_WINDOW: status = rtas_query(&call); break;
    case RTAS_CREATE_PE_DMA_WINDOW: status = rtas_create(&call); break;
    case RTAS_REMOVE_PE_DMA_WINDOW: status = rtas_remove(&call); break;
    case RTAS_RESET_PE_DMA_WINDOWS: status = rtas_reset(&call); break;
    default: status = RTAS_PARAMETER; break;
  }
  const uint64_t rets = at + 12 + 4ull * call.nargs;
  if (call.nrets > 0) hal_mem_write32(rets, (uint32_t)status);
  for (unsigned i = 1; status == RTAS_SUCCESS && i < call.nrets; ++i) hal_mem_write32(rets + 4 * i, call.rets[i - 1]);
  return H_SUCCESS;
}

/* --- Hypercalls on TCEs. The order of the checks is part of the interface. ------------------------ */

/* An address within a page means the page. */
static struct ddw_window *locate(uint64_t liobn, uint64_t ioba, uint64_t *entry) {
  struct ddw_window *w = window_of(liobn);
  if (w == NULL || ioba < w->start) return NULL;
  *entry = (ioba - w->start) >> w->window.page_shift;
  return *entry < w->entries ? w : NULL;
}

static void put(struct ddw_window *w, uint64_t entry, uint64_t tce) {
  tce_put(&w->window, entry << w->window.page_shift, real_tce(tce));
}

static void invalidate(struct ddw_window *w, uint64_t entry, uint64_t count) {
  if (count == 0) return;
  tce_kill_pages(partition.phb, partition.pe, w->start + (entry << w->window.page_shift), w->window.page_shift,
                 (unsigned)count);
}

static int64_t h_get_tce(uint64_t args[4]) {
  uint64_t entry;
  const struct ddw_window *w = locate(args[0], args[1], &entry);
  if (w == NULL) return H_PARAMETER;
  const uint64_t tce = tce_get(&w->window, entry << w->window.page_shift), real = tce & PHB_TCE_RPN;
  args[0] = tce;
  if (!grants(tce)) return H_SUCCESS;
  if (real < partition.real || real - partition.real >= partition.bytes) {
    args[0] = tce | PHB_TCE_RPN; /* not the caller's to know */
    return H_PARTIAL;
  }
  args[0] = ((real - partition.real) & PHB_TCE_RPN) | (tce & ~PHB_TCE_RPN);
  return H_SUCCESS;
}

static int64_t h_put_tce(const uint64_t args[4]) {
  uint64_t entry;
  struct ddw_window *w = locate(args[0], args[1], &entry);
  if (w == NULL || !acceptable(w, args[2])) return H_PARAMETER;
  put(w, entry, args[2]);
  invalidate(w, entry, 1);
  return H_SUCCESS;
}

static int64_t h_stuff_tce(const uint64_t args[4]) {
  uint64_t entry;
  struct ddw_window *w = locate(args[0], args[1], &entry);
  if (w == NULL) return H_PARAMETER;
  if (args[3] > DDW_MAX_TCES) return H_P4;
  if (args[3] > w->entries - entry || !acceptable(w, args[2])) return H_PARAMETER;
  for (uint64_t i = 0; i < args[3]; ++i) put(w, entry + i, args[2]);
  invalidate(w, entry, args[3]);
  return H_SUCCESS;
}

static int64_t h_put_tce_indirect(const uint64_t args[4]) {
  if ((int64_t)args[0] < 0) return H_FUNCTION; /* several tables at once */
  if (args[3] > DDW_MAX_TCES) return H_PARAMETER;
  uint64_t entry, list;
  struct ddw_window *w = locate(args[0], args[1], &entry);
  if (w == NULL || args[2] % LIST_BYTES != 0 || args[3] > w->entries - entry) return H_PARAMETER;
  if (!to_real(args[2], LIST_BYTES, &list)) return H_PARAMETER;
  /* All or none: the partition may change its list meanwhile, so it is read once. */
  static uint64_t tces[DDW_MAX_TCES];
  for (uint64_t i = 0; i < args[3]; ++i) {
    tces[i] = hal_mem_read64(list + 8 * i);
    if (!acceptable(w, tces[i])) return H_PARAMETER;
  }
  for (uint64_t i = 0; i < args[3]; ++i) put(w, entry + i, tces[i]);
  invalidate(w, entry, args[3]);
  return H_SUCCESS;
}

int64_t ddw_hypercall(uint64_t token, uint64_t args[4]) {
  if (!serving) return H_FUNCTION;
  switch (token) {
    case H_GET_TCE: return h_get_tce(args);
    case H_PUT_TCE: return h_put_tce(args);
    case H_STUFF_TCE: return h_stuff_tce(args);
    case H_PUT_TCE_INDIRECT: return h_put_tce_indirect(args);
    case H_RTAS: return h_rtas(args[0]);
    default: return H_FUNCTION;
  }
}

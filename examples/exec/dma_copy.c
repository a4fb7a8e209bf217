// SPDX-License-Identifier: Apache-2.0
/*
 * A copy by DMA through two TCE windows of one's own choice: iommufd with POWER's driver data, VFIO's device
 * node, an I/OAT engine. Then the same with the buffer unmapped, to see what a fault looks like.
 *
 *   cc -O2 -Wall -o dma_copy dma_copy.c
 *   phbsim exec --platform examples/exec.toml --report -- ./dma_copy -l 12:2 -u 12:1 -b 1
 *
 *   -l PAGE:LEVELS  the window at 0: log2 of its I/O page, levels of its table (0: the driver chooses)
 *   -u PAGE:LEVELS  the same of the window at 2^59
 *   -b 0|1          which of them has the buffer; the engine's descriptor is always in the lower one
 *   -d NODE         the device, /dev/vfio/devices/vfio0
 */
#define _GNU_SOURCE
#define __SANE_USERSPACE_TYPES__ /* __u64 is long long on powerpc, too */
#include <err.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "uapi.h"

#define UPPER		(1ULL << 59)
#define LOWER_SIZE	(1ULL << 30)
#define UPPER_SIZE	(1ULL << 32)

/* Where things are on the bus. The buffer may be in either window. */
#define RING_IOVA	0x10000000ULL
#define BUFFER_IOVA	0x20000000ULL

/* I/OAT: registers in BAR 0, those of channel 0 from 0x80 on. All little-endian. */
#define CBVER		0x08
#define CHANCMD		0x84
#define CHANCMD_RESET	0x20	/* reads so until it is done */
#define DMACOUNT	0x86	/* descriptors of the chain so far */
#define CHANSTS		0x88
#define CHAINADDR	0x90
#define CHANCMP		0x98	/* where CHANSTS is written to when a descriptor is done */
#define CHANERR		0xa8
#define CHANSTS_STATUS	7	/* 0 active, 1 done, 2 suspended, 3 halted */
#define CONFIG_COMMAND	0x04	/* configuration space: memory space and bus mastering */
#define CONFIG_CHANERR	0x180	/* what halted the channel; ones clear it, as in CHANERR */

struct ioat_descriptor {
	__u32 size, control;
	__u64 source, destination, next, reserved[4];
};
#define IOAT_COMPLETION	0x08	/* control: write to CHANCMP */

/* What the engine and the program share, one I/O page. */
struct ring {
	struct ioat_descriptor descriptor;
	volatile __u64 completion;
};

static void must(int fd, unsigned long request, void *argument, const char *name)
{
	if (ioctl(fd, request, argument) < 0)
		err(1, "%s", name);
}
#define MUST(fd, request, argument) must(fd, request, argument, #request)

static void show_hw_info(int iommufd, __u32 device)
{
	struct iommu_hw_info_power_tce power = { 0 };
	struct iommu_hw_info info = {
		.size = sizeof(info),
		.dev_id = device,
		.data_len = sizeof(power),
		.data_uptr = (__u64)(unsigned long)&power,
	};

	MUST(iommufd, IOMMU_GET_HW_INFO, &info);
	if (info.out_data_type != IOMMU_HW_INFO_TYPE_POWER_TCE)
		errx(1, "the device is not behind a POWER IOMMU: type %#x", info.out_data_type);
	printf("IOMMU: %u windows at", power.max_windows);
	for (__u32 i = 0; i < power.starts; i++)
		printf(" %#llx", power.start[i]);
	printf("\n       I/O pages %#llx, %u to %u levels, tables up to %llu MiB, host page %u KiB\n", power.page_sizes,
	       power.min_levels, power.max_levels, power.max_table_size >> 20, 1u << (power.host_page_shift - 10));
	printf("       without a choice: %llu MiB at %#llx, page 2^%u, %u levels\n", power.default_size >> 20,
	       power.default_start, power.default_page_shift, power.default_levels);
}

static void show_apertures(int iommufd, __u32 ioas)
{
	struct iommu_iova_range range[16];
	struct iommu_ioas_iova_ranges ranges = {
		.size = sizeof(ranges),
		.ioas_id = ioas,
		.num_iovas = 16,
		.allowed_iovas = (__u64)(unsigned long)range,
	};

	MUST(iommufd, IOMMU_IOAS_IOVA_RANGES, &ranges);
	for (__u32 i = 0; i < ranges.num_iovas; i++)
		printf("IOVAs: %#llx to %#llx\n", range[i].start, range[i].last);
	printf("       aligned to %#llx\n", ranges.out_iova_alignment);
}

static void map(int iommufd, __u32 ioas, void *memory, size_t bytes, __u64 iova)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_WRITEABLE | IOMMU_IOAS_MAP_READABLE,
		.ioas_id = ioas,
		.user_va = (__u64)(unsigned long)memory,
		.length = bytes,
		.iova = iova,
	};

	MUST(iommufd, IOMMU_IOAS_MAP, &map);
	printf("map:   %zu KiB at %#llx\n", bytes >> 10, iova);
}

static volatile unsigned char *map_bar(int device)
{
	struct vfio_region_info region = { .argsz = sizeof(region), .index = VFIO_PCI_CONFIG_REGION_INDEX };
	__u16 command;
	void *bar;

	/* Let the function answer and make DMA. */
	MUST(device, VFIO_DEVICE_GET_REGION_INFO, &region);
	if (pread(device, &command, 2, region.offset + CONFIG_COMMAND) != 2)
		err(1, "configuration space");
	command |= 6;
	if (pwrite(device, &command, 2, region.offset + CONFIG_COMMAND) != 2)
		err(1, "configuration space");

	region.argsz = sizeof(region);
	region.index = VFIO_PCI_BAR0_REGION_INDEX;
	MUST(device, VFIO_DEVICE_GET_REGION_INFO, &region);
	bar = mmap(NULL, region.size, PROT_READ | PROT_WRITE, MAP_SHARED, device, region.offset);
	if (bar == MAP_FAILED)
		err(1, "BAR 0");
	return bar;
}

static __u32 config_word(int device, unsigned int offset)
{
	struct vfio_region_info region = { .argsz = sizeof(region), .index = VFIO_PCI_CONFIG_REGION_INDEX };
	__u32 word;

	MUST(device, VFIO_DEVICE_GET_REGION_INFO, &region);
	if (pread(device, &word, 4, region.offset + offset) != 4)
		err(1, "configuration space");
	return word;
}

/* Tells the engine about the ring's one descriptor; all that was written to memory comes first. */
static void ring_doorbell(volatile unsigned char *bar)
{
	__sync_synchronize();
	*(volatile __u64 *)(bar + CHANCMP) = RING_IOVA + offsetof(struct ring, completion);
	*(volatile __u64 *)(bar + CHAINADDR) = RING_IOVA;
	*(volatile __u16 *)(bar + DMACOUNT) = 1;
}

/* CHANSTS once the channel is not active any more. */
static __u64 wait_for(volatile unsigned char *bar)
{
	__u64 status;

	do
		status = *(volatile __u64 *)(bar + CHANSTS);
	while ((status & CHANSTS_STATUS) == 0);
	__sync_synchronize();
	return status;
}

static void reset_channel(volatile unsigned char *bar)
{
	*(volatile __u32 *)(bar + CHANERR) = ~0u;
	*(bar + CHANCMD) = CHANCMD_RESET;
	/* Registers of a frozen PE may read as ones. */
	while (*(bar + CHANCMD) == CHANCMD_RESET)
		;
}

static void parse_window(const char *text, struct iommu_power_window *window)
{
	if (sscanf(text, "%u:%u", &window->page_shift, &window->levels) != 2)
		errx(2, "a window is PAGE:LEVELS, as 16:2, not \"%s\"", text);
}

int main(int argc, char **argv)
{
	struct iommu_hwpt_power_tce windows = {
		.windows = 2,
		.window = {
			{ .start = 0, .size = LOWER_SIZE, .page_shift = 12, .levels = 2 },
			{ .start = UPPER, .size = UPPER_SIZE, .page_shift = 12, .levels = 1 },
		},
	};
	const char *node = "/dev/vfio/devices/vfio0";
	int upper = 0;
	int option;

	while ((option = getopt(argc, argv, "l:u:b:d:")) != -1) {
		switch (option) {
		case 'l':
			parse_window(optarg, &windows.window[0]);
			break;
		case 'u':
			parse_window(optarg, &windows.window[1]);
			break;
		case 'b':
			upper = atoi(optarg);
			break;
		case 'd':
			node = optarg;
			break;
		default:
			return 2;
		}
	}

	int iommufd = open("/dev/iommu", O_RDWR);
	if (iommufd < 0)
		err(1, "/dev/iommu");
	int device = open(node, O_RDWR);
	if (device < 0)
		err(1, "%s", node);

	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = iommufd };
	MUST(device, VFIO_DEVICE_BIND_IOMMUFD, &bind);
	show_hw_info(iommufd, bind.out_devid);

	/* An address space, two windows that show it, and the device under them. */
	struct iommu_ioas_alloc ioas = { .size = sizeof(ioas) };
	MUST(iommufd, IOMMU_IOAS_ALLOC, &ioas);
	struct iommu_hwpt_alloc hwpt = {
		.size = sizeof(hwpt),
		.dev_id = bind.out_devid,
		.pt_id = ioas.out_ioas_id,
		.data_type = IOMMU_HWPT_DATA_POWER_TCE,
		.data_len = sizeof(windows),
		.data_uptr = (__u64)(unsigned long)&windows,
	};
	MUST(iommufd, IOMMU_HWPT_ALLOC, &hwpt);
	struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof(attach), .pt_id = hwpt.out_hwpt_id };
	MUST(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach);
	show_apertures(iommufd, ioas.out_ioas_id);

	/* Memory in whole I/O pages, the larger ones if the windows differ. */
	__u32 shift = windows.window[0].page_shift;
	if (windows.window[1].page_shift > shift)
		shift = windows.window[1].page_shift;
	size_t page = 1UL << shift;
	size_t bytes = page < (1UL << 20) ? 1UL << 20 : page;
	size_t half = bytes / 2 < (1UL << 20) ? bytes / 2 : 1UL << 20; /* a descriptor copies 1 MiB at most */
	size_t huge = page < (2UL << 20) ? 2UL << 20 : page; /* in a row in real memory, if huge pages are */
	unsigned char *memory = aligned_alloc(huge, bytes + page);
	if (!memory)
		err(1, "memory");
	memset(memory, 0, bytes + page);
	unsigned char *source = memory, *destination = memory + bytes / 2;
	struct ring *ring = (void *)(memory + bytes);
	for (size_t i = 0; i < half; i++)
		source[i] = (unsigned char)(i * 7 + (i >> 8));

	__u64 buffer = (upper ? UPPER : 0) + BUFFER_IOVA;
	map(iommufd, ioas.out_ioas_id, memory, bytes, buffer);
	map(iommufd, ioas.out_ioas_id, ring, page, RING_IOVA);

	volatile unsigned char *bar = map_bar(device);
	printf("I/OAT: version %u.%u\n", bar[CBVER] >> 4, bar[CBVER] & 15);
	ring->descriptor.size = half;
	ring->descriptor.control = IOAT_COMPLETION;
	ring->descriptor.source = buffer;
	ring->descriptor.destination = buffer + bytes / 2;
	ring->descriptor.next = RING_IOVA;
	ring_doorbell(bar);

	__u64 status = wait_for(bar);
	printf("copy:  %zu KiB, status %llu, completion %s, %s\n", half >> 10, status & CHANSTS_STATUS,
	       ring->completion == status ? "written" : "missing",
	       memcmp(source, destination, half) ? "DIFFERENT" : "equal");
	if ((status & CHANSTS_STATUS) != 1 || ring->completion != status || memcmp(source, destination, half))
		return 1;

	/* The same once more, but the buffer is gone. */
	struct iommu_ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas_id = ioas.out_ioas_id,
		.iova = buffer,
		.length = bytes,
	};
	MUST(iommufd, IOMMU_IOAS_UNMAP, &unmap);
	printf("unmap: %llu KiB\n", unmap.length >> 10);
	memset(destination, 0, half);
	ring->completion = 0;
	ring_doorbell(bar);
	status = wait_for(bar);
	printf("fault: status %llu, error %#x, completion %s\n", status & CHANSTS_STATUS, config_word(device, CONFIG_CHANERR),
	       ring->completion ? "WRITTEN" : "missing");
	if ((status & CHANSTS_STATUS) == 1 || ring->completion)
		return 1;

	/*
	 * The first fault has frozen the PE: until EEH thaws it, which iommufd has no call for, no DMA of its
	 * functions passes, mapped or not.
	 */
	map(iommufd, ioas.out_ioas_id, memory, bytes, buffer);
	reset_channel(bar);
	ring_doorbell(bar);
	status = wait_for(bar);
	for (size_t i = 0; i < half; i++) {
		if (destination[i])
			errx(1, "byte %zu was written by a frozen PE", i);
	}
	printf("again: status %llu, nothing was copied: the PE is frozen\n", status & CHANSTS_STATUS);
	return (status & CHANSTS_STATUS) == 1;
}

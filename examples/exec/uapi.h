/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls of iommufd and VFIO that dma_copy makes. They stand here because distributions' headers lack
 * the newer ones; with <linux/iommufd.h> and <linux/vfio.h> of a current kernel only the last part is needed.
 */
#ifndef DMA_COPY_UAPI_H
#define DMA_COPY_UAPI_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* <linux/iommufd.h> */
#define IOMMU_IOAS_ALLOC	_IO(';', 0x81)
#define IOMMU_IOAS_IOVA_RANGES	_IO(';', 0x84)
#define IOMMU_IOAS_MAP		_IO(';', 0x85)
#define IOMMU_IOAS_UNMAP	_IO(';', 0x86)
#define IOMMU_HWPT_ALLOC	_IO(';', 0x89)
#define IOMMU_GET_HW_INFO	_IO(';', 0x8a)

struct iommu_ioas_alloc {
	__u32 size, flags, out_ioas_id;
};

struct iommu_iova_range {
	__aligned_u64 start, last;	/* inclusive */
};

struct iommu_ioas_iova_ranges {
	__u32 size, ioas_id, num_iovas, __reserved;
	__aligned_u64 allowed_iovas, out_iova_alignment;
};

#define IOMMU_IOAS_MAP_FIXED_IOVA	1
#define IOMMU_IOAS_MAP_WRITEABLE	2
#define IOMMU_IOAS_MAP_READABLE		4
struct iommu_ioas_map {
	__u32 size, flags, ioas_id, __reserved;
	__aligned_u64 user_va, length, iova;
};

struct iommu_ioas_unmap {
	__u32 size, ioas_id;
	__aligned_u64 iova, length;
};

struct iommu_hwpt_alloc {
	__u32 size, flags, dev_id, pt_id, out_hwpt_id, __reserved, data_type, data_len;
	__aligned_u64 data_uptr;
	__u32 fault_id, __reserved2;
};

struct iommu_hw_info {
	__u32 size, flags, dev_id, data_len;
	__aligned_u64 data_uptr;
	__u32 out_data_type;
	__u8 out_max_pasid_log2, __reserved[3];
	__aligned_u64 out_capabilities;
};

/* <linux/vfio.h> */
#define VFIO_DEVICE_GET_REGION_INFO	_IO(';', 108)
#define VFIO_DEVICE_BIND_IOMMUFD	_IO(';', 118)
#define VFIO_DEVICE_ATTACH_IOMMUFD_PT	_IO(';', 119)

#define VFIO_PCI_BAR0_REGION_INDEX	0
#define VFIO_PCI_CONFIG_REGION_INDEX	7
struct vfio_region_info {
	__u32 argsz, flags, index, cap_offset;
	__aligned_u64 size, offset;
};

struct vfio_device_bind_iommufd {
	__u32 argsz, flags;
	__s32 iommufd;
	__u32 out_devid;
};

struct vfio_device_attach_iommufd_pt {
	__u32 argsz, flags, pt_id;
};

/*
 * What POWER's driver adds: docs/ppc64-iommufd.md. One struct describes a window, that is a TCE table and
 * the bus addresses that it translates; an HWPT has one or two.
 */
#define IOMMU_HWPT_DATA_POWER_TCE	0x54434501
#define IOMMU_HW_INFO_TYPE_POWER_TCE	0x54434501

struct iommu_power_window {
	__aligned_u64 start, size;
	__u32 page_shift, levels;	/* levels 0: the driver chooses */
};

struct iommu_hwpt_power_tce {
	__u32 flags, windows;
	struct iommu_power_window window[2];
};

#define IOMMU_HW_INFO_POWER_START_4G		1	/* flags */
#define IOMMU_HW_INFO_POWER_LARGE_IO_PAGES	2
struct iommu_hw_info_power_tce {
	__u32 flags, max_windows;
	__aligned_u64 page_sizes, default_start, default_size;
	__u32 default_page_shift, default_levels, min_levels, max_levels, host_page_shift, address_bits;
	__aligned_u64 max_table_size;
	__u32 starts, __reserved;
	__aligned_u64 start[4];
};

#endif

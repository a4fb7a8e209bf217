// SPDX-License-Identifier: Apache-2.0
/// The operations of the test command, by what they work on. Each changes `command` and responds itself.
#pragma once

#include "models/arch/iommufd/selftest/selftest.hpp"

namespace phbsim::arch::iommufd::selftest::ops {

void add_reserved(const Call&, const Command&);

// -- devices and domains ------------------------------------------------------------------------
void mock_domain(const Call&, Command&, MockIommu&);
void mock_domain_replace(const Call&, Command&);
void check_map(const Call&, const Command&);
void check_refs(const Call&, const Command&);
void check_iotlb(const Call&, const Command&);
void check_device_cache(const Call&, const Command&);
void dirty(const Call&, Command&);
void trigger_fault(const Call&, const Command&);
void trigger_event(const Call&, const Command&);
void pasid_attach(const Call&, Command&);
void pasid_replace(const Call&, Command&);
void pasid_detach(const Call&, const Command&);
void pasid_check(const Call&, const Command&);

// -- accesses -----------------------------------------------------------------------------------
void create_access(const Call&, Command&);
void access_pages(const Call&, Command&);
void destroy_access_pages(const Call&, const Command&);
void access_rw(const Call&, const Command&);
void access_replace_ioas(const Call&, const Command&);

// -- dma-bufs -----------------------------------------------------------------------------------
std::int64_t dma_buf_get(const Call&, const Command&, MockIommu&);
void dma_buf_revoke(const Call&, const Command&, const std::vector<Context*>&);

}  // namespace phbsim::arch::iommufd::selftest::ops

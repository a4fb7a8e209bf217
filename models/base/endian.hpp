// SPDX-License-Identifier: Apache-2.0
/// Loads and stores of either order: RTT entries, TCEs and the PHB's registers are big-endian bytes, what PCI defines
/// (registers of devices, descriptors, frames) is little-endian.
#pragma once

#include <boost/endian/conversion.hpp>
#include <cstdint>

namespace phbsim {

inline std::uint64_t load_be64(const unsigned char* p) { return boost::endian::load_big_u64(p); }
inline std::uint32_t load_be32(const unsigned char* p) { return boost::endian::load_big_u32(p); }
inline std::uint16_t load_be16(const unsigned char* p) { return boost::endian::load_big_u16(p); }
inline std::uint32_t load_le32(const unsigned char* p) { return boost::endian::load_little_u32(p); }
inline std::uint64_t load_le64(const unsigned char* p) { return boost::endian::load_little_u64(p); }
inline void store_be64(unsigned char* p, std::uint64_t v) { boost::endian::store_big_u64(p, v); }
inline void store_be32(unsigned char* p, std::uint32_t v) { boost::endian::store_big_u32(p, v); }
inline void store_be16(unsigned char* p, std::uint16_t v) { boost::endian::store_big_u16(p, v); }
inline void store_le32(unsigned char* p, std::uint32_t v) { boost::endian::store_little_u32(p, v); }
inline void store_le64(unsigned char* p, std::uint64_t v) { boost::endian::store_little_u64(p, v); }

}  // namespace phbsim

// SPDX-License-Identifier: Apache-2.0
/// Big-endian loads and stores: RTT entries, TCEs and register data are big-endian bytes.
#pragma once

#include <boost/endian/conversion.hpp>
#include <cstdint>

namespace phbsim {

inline std::uint64_t load_be64(const unsigned char* p) { return boost::endian::load_big_u64(p); }
inline std::uint32_t load_be32(const unsigned char* p) { return boost::endian::load_big_u32(p); }
inline std::uint16_t load_be16(const unsigned char* p) { return boost::endian::load_big_u16(p); }
inline std::uint32_t load_le32(const unsigned char* p) { return boost::endian::load_little_u32(p); }
inline void store_be64(unsigned char* p, std::uint64_t v) { boost::endian::store_big_u64(p, v); }
inline void store_be32(unsigned char* p, std::uint32_t v) { boost::endian::store_big_u32(p, v); }
inline void store_be16(unsigned char* p, std::uint16_t v) { boost::endian::store_big_u16(p, v); }
inline void store_le32(unsigned char* p, std::uint32_t v) { boost::endian::store_little_u32(p, v); }

}  // namespace phbsim

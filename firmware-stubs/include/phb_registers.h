/* SPDX-License-Identifier: Apache-2.0 */
/* The host bridge's registers and tables. Generated, do not edit:
   phbsim registers --format c-header > firmware-stubs/include/phb_registers.h */
#ifndef PHB_REGISTERS_H
#define PHB_REGISTERS_H

/* Bits of a 64-bit word as IBM counts them: bit 0 is the most significant. SETFIELD gives `word` with
   the field `mask` replaced by `value`; GETFIELD gives the field's value, shifted down. */
#ifndef PPC_U64
#ifdef __ASSEMBLER__
#define PPC_U64(number) number
#else
#define PPC_U64(number) number##ull
#endif
#define PPC_BIT(bit) (PPC_U64(0x8000000000000000) >> (bit))
#define PPC_BITLSHIFT(bit) (63 - (bit))
#define PPC_BITMASK(first, last) \
  ((PPC_U64(0xffffffffffffffff) >> (first)) & (PPC_U64(0xffffffffffffffff) << PPC_BITLSHIFT(last)))
#define PPC_LOWEST(mask) ((mask) & (~(mask) + 1))
#define GETFIELD(mask, word) (((word) & (mask)) / PPC_LOWEST(mask))
#define SETFIELD(mask, word, value) \
  (((word) & ~(mask)) | (((value) * PPC_LOWEST(mask)) & (mask)))
#endif

/* Registers: byte offsets. A comment that begins with generations: only these have it. */
#define PHB_LSI_SOURCE_ID                           0x100  /* first interrupt source of the LSIs, divided by 8 */
#define PHB_LSI_SOURCE_ID_ID                        PPC_BITMASK(4, 12)  /* PHB4, PHB5 */
#define PHB_LSI_SOURCE_ID_ID_PHB3                   PPC_BITMASK(5, 12)  /* PHB3 */

#define PHB_DMA_CHAN_STATUS                         0x110  /* summary of inbound errors; derived */
#define PHB_DMA_CHAN_STATUS_ANY_ERR                 PPC_BIT(27)
#define PHB_DMA_CHAN_STATUS_ANY_ERR1                PPC_BIT(28)
#define PHB_DMA_CHAN_STATUS_ANY_FREEZE              PPC_BIT(29)

#define PHB_CPU_LOADSTORE_STATUS                    0x120  /* summary of outbound errors; derived. All ones: fenced */
#define PHB_CPU_LOADSTORE_STATUS_ANY_ERR            PPC_BIT(27)
#define PHB_CPU_LOADSTORE_STATUS_ANY_ERR1           PPC_BIT(28)
#define PHB_CPU_LOADSTORE_STATUS_ANY_FREEZE         PPC_BIT(29)

#define PHB_DMA_MSI_NODE_ID                         0x128  /* PHB3: storage */
#define PHB_DMA_MSI_NODE_ID_FIXED                   PPC_BIT(0)  /* PHB3 */
#define PHB_DMA_MSI_NODE_ID_NODE                    PPC_BITMASK(24, 31)  /* PHB3 */

#define PHB_CONFIG_DATA                             0x130  /* a configuration cycle; 1, 2 or 4 bytes, little-endian */

#define PHB_LOCK0                                   0x138  /* storage; the lock itself is not modelled */

#define PHB_CONFIG_ADDRESS                          0x140  /* of the next configuration cycle, and its PE */
#define PHB_CONFIG_ADDRESS_ENABLE                   PPC_BIT(0)
#define PHB_CONFIG_ADDRESS_STATUS                   PPC_BITMASK(1, 3)
#define PHB_CONFIG_ADDRESS_BUS                      PPC_BITMASK(4, 11)
#define PHB_CONFIG_ADDRESS_DEV                      PPC_BITMASK(12, 16)
#define PHB_CONFIG_ADDRESS_FUNC                     PPC_BITMASK(17, 19)
#define PHB_CONFIG_ADDRESS_BDFN                     PPC_BITMASK(4, 19)
#define PHB_CONFIG_ADDRESS_REG                      PPC_BITMASK(20, 31)
#define PHB_CONFIG_ADDRESS_PE                       PPC_BITMASK(39, 47)  /* PHB4, PHB5 */
#define PHB_CONFIG_ADDRESS_PE_PHB3                  PPC_BITMASK(40, 47)  /* PHB3 */

#define PHB_LOCK1                                   0x148  /* storage; the lock itself is not modelled */

#define PHB_IVT_BAR                                 0x150  /* PHB3: interrupt vector table in memory */
#define PHB_IVT_BAR_ENABLE                          PPC_BIT(0)  /* PHB3 */
#define PHB_IVT_BAR_BASE                            PPC_BITMASK(14, 48)  /* PHB3 */
#define PHB_IVT_BAR_LENGTH                          PPC_BITMASK(52, 63)  /* PHB3 */

#define PHB_RBA_BAR                                 0x158  /* PHB3: reject bits in memory; storage */
#define PHB_RBA_BAR_ENABLE                          PPC_BIT(0)  /* PHB3 */
#define PHB_RBA_BAR_BASE                            PPC_BITMASK(14, 55)  /* PHB3 */

#define PHB_PHBX_CONFIG                             0x160  /* what the inbound and outbound paths take */
#define PHB_PHBX_CONFIG_64B_TCE_EN                  PPC_BIT(2)  /* PHB3 */
#define PHB_PHBX_CONFIG_32BIT_MSI_EN                PPC_BIT(8)
#define PHB_PHBX_CONFIG_64BIT_MSI_EN                PPC_BIT(14)
#define PHB_PHBX_CONFIG_M32_EN                      PPC_BIT(16)  /* PHB3 */

#define PHB_RTT_BAR                                 0x168  /* RID to PE table in memory */
#define PHB_RTT_BAR_ENABLE                          PPC_BIT(0)
#define PHB_RTT_BAR_BASE                            PPC_BITMASK(8, 46)  /* PHB4, PHB5 */
#define PHB_RTT_BAR_BASE_PHB3                       PPC_BITMASK(14, 46)  /* PHB3 */

#define PHB_PELTV_BAR                               0x188  /* PEs to freeze together, in memory */
#define PHB_PELTV_BAR_ENABLE                        PPC_BIT(0)
#define PHB_PELTV_BAR_BASE                          PPC_BITMASK(8, 50)  /* PHB4, PHB5 */
#define PHB_PELTV_BAR_BASE_PHB3                     PPC_BITMASK(14, 50)  /* PHB3 */

#define PHB_M32_BASE_ADDR                           0x190  /* PHB3: processor side of M32 */

#define PHB_M32_BASE_MASK                           0x198  /* PHB3: processor side of M32 */

#define PHB_M32_START_ADDR                          0x1a0  /* PCI side of M32 */

#define PHB_PEST_BAR                                0x1a8  /* PE state table in memory */
#define PHB_PEST_BAR_ENABLE                         PPC_BIT(0)
#define PHB_PEST_BAR_BASE                           PPC_BITMASK(8, 51)  /* PHB4, PHB5 */
#define PHB_PEST_BAR_BASE_PHB3                      PPC_BITMASK(14, 51)  /* PHB3 */

#define PHB_ASN_CMPM                                0x1c0  /* PHB4: compare and mask of as_notify traffic; storage */
#define PHB_ASN_CMPM_VALUE                          PPC_BITMASK(0, 15)  /* PHB4 */
#define PHB_ASN_CMPM_MASK                           PPC_BITMASK(16, 31)  /* PHB4 */
#define PHB_ASN_CMPM_ENABLE                         PPC_BIT(63)  /* PHB4 */

#define PHB_CAPI_CMPM                               0x1c8  /* PHB4: compare and mask of CAPI traffic; storage */
#define PHB_CAPI_CMPM_VALUE                         PPC_BITMASK(0, 15)  /* PHB4 */
#define PHB_CAPI_CMPM_MASK                          PPC_BITMASK(16, 31)  /* PHB4 */
#define PHB_CAPI_CMPM_ENABLE                        PPC_BIT(63)  /* PHB4 */

#define PHB_M64_AOMASK                              0x1d0  /* storage */

#define PHB_M64_UPPER_BITS                          0x1f0  /* or-ed into the PCI addresses of M64 */

#define PHB_NXLATE_PREFIX                           0x1f8  /* PHB4, PHB5: upper address bits of untranslated DMA */
#define PHB_INTREP_TIMER                            0x1f8  /* PHB3: storage */

/* starts a sync; reads whether reads and writes have drained */
#define PHB_DMA_READ_WRITE_SYNC                     0x200
#define PHB_DMA_READ_WRITE_SYNC_READ_START          PPC_BIT(0)
#define PHB_DMA_READ_WRITE_SYNC_READ_COMPLETE       PPC_BIT(1)
#define PHB_DMA_READ_WRITE_SYNC_WRITE_START         PPC_BIT(2)  /* PHB5 */
#define PHB_DMA_READ_WRITE_SYNC_WRITE_COMPLETE      PPC_BIT(3)  /* PHB5 */

#define PHB_RTC_INVALIDATE                          0x208  /* drops one or all cached RIDs */
#define PHB_RTC_INVALIDATE_ALL                      PPC_BIT(0)
#define PHB_RTC_INVALIDATE_RID                      PPC_BITMASK(16, 31)

/* queues a TCE invalidation; command bits read 0 once it is queued */
#define PHB_TCE_KILL                                0x210
#define PHB_TCE_KILL_ALL                            PPC_BIT(0)
#define PHB_TCE_KILL_PE                             PPC_BIT(1)
#define PHB_TCE_KILL_ONE                            PPC_BIT(2)
#define PHB_TCE_KILL_ADDR                           PPC_BITMASK(4, 51)
#define PHB_TCE_KILL_PSEL                           PPC_BIT(3)  /* PHB4, PHB5 */
#define PHB_TCE_KILL_PENUM                          PPC_BITMASK(55, 63)  /* PHB4, PHB5 */
#define PHB_TCE_KILL_PENUM_PHB3                     PPC_BITMASK(56, 63)  /* PHB3 */

#define PHB_TCE_SPEC_CTL                            0x218  /* storage */

#define PHB_IODA_ADDR                               0x220  /* table and index of the next access of the data register */
#define PHB_IODA_ADDR_AUTOINC                       PPC_BIT(0)
#define PHB_IODA_ADDR_TSEL                          PPC_BITMASK(11, 15)
#define PHB_IODA_ADDR_MIST_PWV                      PPC_BITMASK(28, 31)  /* PHB4, PHB5 */
#define PHB_IODA_ADDR_TADR                          PPC_BITMASK(54, 63)  /* PHB4, PHB5 */
#define PHB_IODA_ADDR_TADR_PHB3                     PPC_BITMASK(55, 63)  /* PHB3 */

#define PHB_IODA_DATA0                              0x228  /* the selected entry; reads and writes advance the index */

#define PHB_FFI_REQUEST                             0x238  /* PHB3: fires an MSI again, and may release the lock */
#define PHB_FFI_REQUEST_LOCK_CLEAR                  PPC_BIT(3)  /* PHB3 */
#define PHB_FFI_REQUEST_ISN                         PPC_BITMASK(49, 59)  /* PHB3 */

/* PHB3: test and set: a read gives the old state and takes the lock */
#define PHB_FFI_LOCK                                0x240
#define PHB_FFI_LOCK_LOCKED                         PPC_BIT(0)  /* PHB3 */

#define PHB_XIVE_UPDATE                             0x248  /* PHB3: storage */

#define PHB_GEN_CAP                                 0x250  /* not decoded publicly */

#define PHB_TCE_CAP                                 0x258  /* TCE cache and TVT entries */
#define PHB_TCE_CAP_CACHE_ENTRIES                   PPC_BITMASK(0, 11)
#define PHB_TCE_CAP_TVES                            PPC_BITMASK(48, 63)

#define PHB_IRQ_CAP                                 0x260  /* interrupt sources */
#define PHB_IRQ_CAP_SOURCES                         PPC_BITMASK(48, 63)

#define PHB_EEH_CAP                                 0x268  /* number of PEs in bits 0:11 */
#define PHB_EEH_CAP_PES                             PPC_BITMASK(0, 11)

#define PHB_IVC_INVALIDATE                          0x2a0  /* PHB3: drops one or all cached IVEs */
#define PHB_IVC_INVALIDATE_ALL                      PPC_BIT(0)  /* PHB3 */
#define PHB_IVC_INVALIDATE_SID                      PPC_BITMASK(16, 31)  /* PHB3 */

#define PHB_IVC_UPDATE                              0x2a8  /* PHB3: changes parts of an IVE in cache and memory */
#define PHB_IVC_UPDATE_ENABLE_P                     PPC_BIT(0)  /* PHB3 */
#define PHB_IVC_UPDATE_ENABLE_Q                     PPC_BIT(1)  /* PHB3 */
#define PHB_IVC_UPDATE_ENABLE_SERVER                PPC_BIT(2)  /* PHB3 */
#define PHB_IVC_UPDATE_ENABLE_PRI                   PPC_BIT(3)  /* PHB3 */
#define PHB_IVC_UPDATE_ENABLE_GEN                   PPC_BIT(4)  /* PHB3 */
#define PHB_IVC_UPDATE_ENABLE_CON                   PPC_BIT(5)  /* PHB3 */
#define PHB_IVC_UPDATE_GEN_MATCH                    PPC_BITMASK(6, 7)  /* PHB3 */
#define PHB_IVC_UPDATE_SERVER                       PPC_BITMASK(8, 23)  /* PHB3 */
#define PHB_IVC_UPDATE_PRI                          PPC_BITMASK(24, 31)  /* PHB3 */
#define PHB_IVC_UPDATE_GEN                          PPC_BITMASK(32, 33)  /* PHB3 */
#define PHB_IVC_UPDATE_P                            PPC_BIT(34)  /* PHB3 */
#define PHB_IVC_UPDATE_Q                            PPC_BIT(35)  /* PHB3 */
#define PHB_IVC_UPDATE_SID                          PPC_BITMASK(48, 63)  /* PHB3 */

#define PHB_PAPR_ERR_INJ_CTL                        0x2b0  /* arms an injection: the next access that matches fails */
#define PHB_PAPR_ERR_INJ_CTL_INB                    PPC_BIT(0)
#define PHB_PAPR_ERR_INJ_CTL_OUTB                   PPC_BIT(1)
#define PHB_PAPR_ERR_INJ_CTL_STICKY                 PPC_BIT(2)
#define PHB_PAPR_ERR_INJ_CTL_CFG                    PPC_BIT(3)
#define PHB_PAPR_ERR_INJ_CTL_RD                     PPC_BIT(4)
#define PHB_PAPR_ERR_INJ_CTL_WR                     PPC_BIT(5)
#define PHB_PAPR_ERR_INJ_CTL_FREEZE                 PPC_BIT(6)

#define PHB_PAPR_ERR_INJ_ADDR                       0x2b8  /* what the access has to match */
#define PHB_PAPR_ERR_INJ_ADDR_MMIO                  PPC_BITMASK(16, 63)

#define PHB_PAPR_ERR_INJ_MASK                       0x2c0  /* bits that have to match */
#define PHB_PAPR_ERR_INJ_MASK_CFG                   PPC_BITMASK(4, 11)
#define PHB_PAPR_ERR_INJ_MASK_CFG_ALL               PPC_BITMASK(4, 19)
#define PHB_PAPR_ERR_INJ_MASK_MMIO                  PPC_BITMASK(16, 63)

#define PHB_ETU_ERR_SUMMARY                         0x2c8  /* 0: no error; bit b for error block b [MA]; derived */

#define PHB_INT_NOTIFY_ADDR                         0x300  /* PHB4, PHB5: where interrupts are stored to */
#define PHB_INT_NOTIFY_ADDR_64K                     PPC_BIT(1)  /* PHB5 */

/* PHB4, PHB5: number of source 0 for the interrupt controller */
#define PHB_INT_NOTIFY_INDEX                        0x308

#define UTL_SYS_BUS_CONTROL                         0x400  /* PHB3: UTL; storage */

#define UTL_STATUS                                  0x408  /* PHB3: UTL; storage */

#define UTL_SYS_BUS_AGENT_STATUS                    0x410  /* PHB3: UTL; storage */

#define UTL_SYS_BUS_AGENT_ERR_SEVERITY              0x418  /* PHB3: UTL; storage */

#define UTL_SYS_BUS_AGENT_IRQ_EN                    0x420  /* PHB3: UTL; storage */

#define UTL_SYS_BUS_BURST_SZ_CONF                   0x440  /* PHB3: UTL; storage */

#define UTL_REVISION_ID                             0x448  /* PHB3: UTL; storage */

#define UTL_OUT_POST_HDR_BUF_ALLOC                  0x4c0  /* PHB3: UTL; storage */

#define UTL_OUT_POST_DAT_BUF_ALLOC                  0x4d0  /* PHB3: UTL; storage */

#define UTL_IN_POST_HDR_BUF_ALLOC                   0x4e0  /* PHB3: UTL; storage */

#define UTL_IN_POST_DAT_BUF_ALLOC                   0x4f0  /* PHB3: UTL; storage */

#define UTL_OUT_NP_BUF_ALLOC                        0x500  /* PHB3: UTL; storage */

#define UTL_IN_NP_BUF_ALLOC                         0x510  /* PHB3: UTL; storage */

#define UTL_PCIE_TAGS_ALLOC                         0x520  /* PHB3: UTL; storage */

#define UTL_GBIF_READ_TAGS_ALLOC                    0x530  /* PHB3: UTL; storage */

#define UTL_PCIE_PORT_CONTROL                       0x540  /* PHB3: UTL; storage */

#define UTL_PCIE_PORT_STATUS                        0x548  /* PHB3: UTL; storage */

#define UTL_PCIE_PORT_ERROR_SEV                     0x550  /* PHB3: UTL; storage */

#define UTL_PCIE_PORT_IRQ_EN                        0x558  /* PHB3: UTL; storage */

#define UTL_RC_STATUS                               0x560  /* PHB3: UTL; storage */

#define UTL_RC_ERR_SEVERITY                         0x568  /* PHB3: UTL; storage */

#define UTL_RC_IRQ_EN                               0x570  /* PHB3: UTL; storage */

#define UTL_EP_STATUS                               0x578  /* PHB3: UTL; storage */

#define UTL_EP_ERR_SEVERITY                         0x580  /* PHB3: UTL; storage */

#define UTL_EP_ERR_IRQ_EN                           0x588  /* PHB3: UTL; storage */

#define UTL_PCI_PM_CTRL1                            0x590  /* PHB3: UTL; storage */

#define UTL_PCI_PM_CTRL2                            0x598  /* PHB3: UTL; storage */

#define UTL_GP_CTL1                                 0x5a0  /* PHB3: UTL; storage */

#define UTL_GP_CTL2                                 0x5a8  /* PHB3: UTL; storage */

#define PHB_PCIE_SYSTEM_CONFIG                      0x600  /* PHB3: max link speed in 32:35, slot in 15 */
#define PHB_PCIE_SYSTEM_CONFIG_SLOT                 PPC_BIT(15)  /* PHB3 */
#define PHB_PCIE_SYSTEM_CONFIG_MAXLINKSPEED         PPC_BITMASK(32, 35)  /* PHB3 */

#define PHB_PCIE_BUS_NUMBER                         0x608  /* PHB3: storage */

#define PHB_PCIE_SYSTEM_TEST                        0x618  /* PHB3: storage */

#define PHB_PCIE_LINK_MANAGEMENT                    0x630  /* PHB3: width and speed changes; link active in bit 8 */
#define PHB_PCIE_LINK_MANAGEMENT_CHG_LINK_WIDTH     PPC_BIT(0)  /* PHB3 */
#define PHB_PCIE_LINK_MANAGEMENT_TGT_LINK_WIDTH     PPC_BITMASK(2, 7)  /* PHB3 */
#define PHB_PCIE_LINK_MANAGEMENT_LINK_ACTIVE        PPC_BIT(8)  /* PHB3 */
#define PHB_PCIE_LINK_MANAGEMENT_CHG_SPEED          PPC_BIT(11)  /* PHB3 */
#define PHB_PCIE_LINK_MANAGEMENT_TGT_SPEED          PPC_BITMASK(12, 15)  /* PHB3 */

#define PHB_PCIE_DLP_TRAIN_CTL_PHB3                 0x640  /* PHB3: state of the link */
#define PHB_PCIE_DLP_TRAIN_CTL_TX_DISABLE           PPC_BIT(1)  /* PHB3 */
#define PHB_PCIE_DLP_TRAIN_CTL_RX_DISABLED          PPC_BIT(16)  /* PHB3 */
#define PHB_PCIE_DLP_TRAIN_CTL_INBAND_PRESENCE      PPC_BIT(19)
#define PHB_PCIE_DLP_TRAIN_CTL_DL_UP                PPC_BIT(21)
#define PHB_PCIE_DLP_TRAIN_CTL_DL_PGRESET           PPC_BIT(22)
#define PHB_PCIE_DLP_TRAIN_CTL_TL_LINKACT           PPC_BIT(23)

#define PHB_PCIE_SLOP_LOOPBACK_STATUS               0x648  /* PHB3: storage */

#define PHB_PCIE_SYS_LINK_INIT                      0x668  /* PHB3: storage */

#define PHB_PCIE_UTL_CONFIG                         0x670  /* PHB3: storage */

#define PHB_PCIE_DLP_CONTROL                        0x678  /* PHB3: storage */

#define PHB_PCIE_UTL_ERRLOG1                        0x680  /* PHB3: log */

#define PHB_PCIE_UTL_ERRLOG2                        0x688  /* PHB3: log */

#define PHB_PCIE_UTL_ERRLOG3                        0x690  /* PHB3: log */

#define PHB_PCIE_UTL_ERRLOG4                        0x698  /* PHB3: log */

#define PHB_PCIE_DLP_ERRLOG1_PHB3                   0x6a0  /* PHB3: log */

#define PHB_PCIE_DLP_ERRLOG2_PHB3                   0x6a8  /* PHB3: log */

#define PHB_PCIE_DLP_ERR_STATUS_PHB3                0x6b0  /* PHB3: log */

#define PHB_PCIE_DLP_ERR_COUNTERS_PHB3              0x6b8  /* PHB3: receiver errors */

#define PHB_PCIE_UTL_ERR_INJECT                     0x6c0  /* PHB3: storage */

#define PHB_PCIE_TLDLP_ERR_INJECT                   0x6c8  /* PHB3: storage */

#define PHB_PCIE_LANE_EQ_CNTL0_PHB3                 0x6d0  /* PHB3: lane equalisation; storage */

#define PHB_PCIE_LANE_EQ_CNTL1_PHB3                 0x6d8  /* PHB3: lane equalisation; storage */

#define PHB_PCIE_LANE_EQ_CNTL2_PHB3                 0x6e0  /* PHB3: lane equalisation; storage */

#define PHB_PCIE_LANE_EQ_CNTL3_PHB3                 0x6e8  /* PHB3: lane equalisation; storage */

#define PHB_PCIE_STRAPPING                          0x700  /* PHB3: storage */

#define PHB_VERSION                                 0x800  /* generation and revision */

#define PHB_RESET                                   0x808  /* PHB3: core resets; PERST in bit 3 [I] */

#define PHB_CTRLR                                   0x810  /* control */
#define PHB_CTRLR_IRQ_PQ_DISABLE                    PPC_BIT(9)  /* PHB5 */
#define PHB_CTRLR_IRQ_ABT_MODE                      PPC_BIT(10)  /* PHB5 */
#define PHB_CTRLR_IRQ_PGSZ_64K                      PPC_BIT(11)  /* PHB4, PHB5 */
#define PHB_CTRLR_IRQ_STORE_EOI                     PPC_BIT(12)  /* PHB4, PHB5 */
#define PHB_CTRLR_MMIO_RD_STRICT                    PPC_BIT(13)  /* PHB4, PHB5 */
#define PHB_CTRLR_MMIO_EEH_DISABLE                  PPC_BIT(14)  /* PHB4, PHB5 */
#define PHB_CTRLR_CFG_EEH_BLOCK                     PPC_BIT(15)  /* PHB4, PHB5 */
#define PHB_CTRLR_FENCE_LNKILL_DIS                  PPC_BIT(16)  /* PHB4, PHB5 */
#define PHB_CTRLR_TVT_ADDR_SEL                      PPC_BITMASK(17, 19)  /* PHB4, PHB5 */
#define PHB_CTRLR_TCE_CLB_DISABLE                   PPC_BIT(21)  /* PHB4, PHB5 */
#define PHB_CTRLR_TVE1_4GB                          PPC_BIT(24)  /* PHB4, PHB5 */
#define PHB_CTRLR_DMA_RD_SPACING                    PPC_BITMASK(28, 31)  /* PHB4, PHB5 */

#define PHB_AIB_RX_CRED_INIT_TIMER                  0x818  /* PHB3: storage */

#define PHB_AIB_RX_CMD_CRED                         0x820  /* PHB3: storage */

#define PHB_AIB_RX_DATA_CRED                        0x828  /* PHB3: storage */

#define PHB_AIB_TX_CMD_CRED                         0x830  /* PHB3: storage */

#define PHB_AIB_TX_DATA_CRED                        0x838  /* PHB3: storage */

#define PHB_AIB_TX_CHAN_MAPPING                     0x840  /* PHB3: storage */

#define PHB_AIB_TAG_ENABLE                          0x858  /* PHB3: storage */

#define PHB_AIB_FENCE_CTRL                          0x860  /* storage */

#define PHB_TCE_TAG_ENABLE                          0x868  /* storage */

#define PHB_TCE_WATERMARK                           0x870  /* storage */

#define PHB_TIMEOUT_CTRL1                           0x878  /* storage */

#define PHB_TIMEOUT_CTRL2                           0x880  /* storage */

#define PHB_Q_DMA_R                                 0x888  /* quiesce; pending responses and kills */
#define PHB_Q_DMA_R_QUIESCE_DMA                     PPC_BIT(0)
#define PHB_Q_DMA_R_AUTORESET                       PPC_BIT(1)
#define PHB_Q_DMA_R_DMA_RESP_STATUS                 PPC_BIT(4)
#define PHB_Q_DMA_R_MMIO_RESP_STATUS                PPC_BIT(5)
#define PHB_Q_DMA_R_TCE_RESP_STATUS                 PPC_BIT(6)
#define PHB_Q_DMA_R_TCE_KILL_STATUS                 PPC_BIT(7)

#define PHB_AIB_TAG_STATUS                          0x900  /* PHB3: outstanding tags; reads 0 */

#define PHB_TCE_TAG_STATUS                          0x908  /* outstanding tags; reads 0 */

#define PHB_LEM_FIR_ACCUM                           0xc00  /* local error macro: errors so far */

#define PHB_LEM_FIR_AND_MASK                        0xc08  /* FIR &= value */

#define PHB_LEM_FIR_OR_MASK                         0xc10  /* FIR |= value */

#define PHB_LEM_ERROR_MASK                          0xc18  /* errors that are not reported */

#define PHB_LEM_ERROR_AND_MASK                      0xc20  /* mask &= value */

#define PHB_LEM_ERROR_OR_MASK                       0xc28  /* mask |= value */

#define PHB_LEM_ACTION0                             0xc30  /* storage */

#define PHB_LEM_ACTION1                             0xc38  /* storage */

#define PHB_LEM_WOF                                 0xc40  /* who was on first: the FIR when it became non-zero */

#define PHB_ERR_STATUS                              0xc80  /* errors */

#define PHB_ERR1_STATUS                             0xc88  /* the first of them */

#define PHB_ERR_INJECT                              0xc90  /* injects errors [MA: sets status, reads 0] */

#define PHB_ERR_LEM_ENABLE                          0xc98  /* errors for the LEM */

#define PHB_ERR_IRQ_ENABLE                          0xca0  /* errors that interrupt */

#define PHB_ERR_FREEZE_ENABLE                       0xca8  /* errors that freeze the responsible PE */

#define PHB_ERR_AIB_FENCE_ENABLE                    0xcb0  /* errors that fence the PHB */

#define PHB_ERR_LOG_0                               0xcc0  /* log of the first error */

#define PHB_ERR_LOG_1                               0xcc8  /* log of the first error */

#define PHB_ERR_STATUS_MASK                         0xcd0  /* errors that are not recorded */

#define PHB_ERR1_STATUS_MASK                        0xcd8  /* errors that are never first */

#define PHB_OUT_ERR_STATUS                          0xd00  /* PHB3: errors */
#define PHB_TXE_ERR_STATUS                          0xd00  /* PHB4, PHB5: errors */

#define PHB_OUT_ERR1_STATUS                         0xd08  /* PHB3: the first of them */
#define PHB_TXE_ERR1_STATUS                         0xd08  /* PHB4, PHB5: the first of them */

#define PHB_OUT_ERR_INJECT                          0xd10  /* PHB3: injects errors [MA: sets status, reads 0] */
#define PHB_TXE_ERR_INJECT                          0xd10  /* PHB4, PHB5: injects errors [MA: sets status, reads 0] */

#define PHB_OUT_ERR_LEM_ENABLE                      0xd18  /* PHB3: errors for the LEM */
#define PHB_TXE_ERR_LEM_ENABLE                      0xd18  /* PHB4, PHB5: errors for the LEM */

#define PHB_OUT_ERR_IRQ_ENABLE                      0xd20  /* PHB3: errors that interrupt */
#define PHB_TXE_ERR_IRQ_ENABLE                      0xd20  /* PHB4, PHB5: errors that interrupt */

#define PHB_OUT_ERR_FREEZE_ENABLE                   0xd28  /* PHB3: errors that freeze the responsible PE */
#define PHB_TXE_ERR_FREEZE_ENABLE                   0xd28  /* PHB4, PHB5: errors that freeze the responsible PE */

#define PHB_OUT_ERR_AIB_FENCE_ENABLE                0xd30  /* PHB3: errors that fence the PHB */
#define PHB_TXE_ERR_AIB_FENCE_ENABLE                0xd30  /* PHB4, PHB5: errors that fence the PHB */

#define PHB_OUT_ERR_LOG_0                           0xd40  /* PHB3: log of the first error */
#define PHB_TXE_ERR_LOG_0                           0xd40  /* PHB4, PHB5: log of the first error */

#define PHB_OUT_ERR_LOG_1                           0xd48  /* PHB3: log of the first error */
#define PHB_TXE_ERR_LOG_1                           0xd48  /* PHB4, PHB5: log of the first error */

#define PHB_OUT_ERR_STATUS_MASK                     0xd50  /* PHB3: errors that are not recorded */
#define PHB_TXE_ERR_STATUS_MASK                     0xd50  /* PHB4, PHB5: errors that are not recorded */

#define PHB_OUT_ERR1_STATUS_MASK                    0xd58  /* PHB3: errors that are never first */
#define PHB_TXE_ERR1_STATUS_MASK                    0xd58  /* PHB4, PHB5: errors that are never first */

#define PHB_INA_ERR_STATUS                          0xd80  /* PHB3: errors */
#define PHB_RXE_ARB_ERR_STATUS                      0xd80  /* PHB4, PHB5: errors */

#define PHB_INA_ERR1_STATUS                         0xd88  /* PHB3: the first of them */
#define PHB_RXE_ARB_ERR1_STATUS                     0xd88  /* PHB4, PHB5: the first of them */

#define PHB_INA_ERR_INJECT                          0xd90  /* PHB3: injects errors [MA: sets status, reads 0] */
#define PHB_RXE_ARB_ERR_INJECT                      0xd90  /* PHB4, PHB5: injects errors [MA: sets status, reads 0] */

#define PHB_INA_ERR_LEM_ENABLE                      0xd98  /* PHB3: errors for the LEM */
#define PHB_RXE_ARB_ERR_LEM_ENABLE                  0xd98  /* PHB4, PHB5: errors for the LEM */

#define PHB_INA_ERR_IRQ_ENABLE                      0xda0  /* PHB3: errors that interrupt */
#define PHB_RXE_ARB_ERR_IRQ_ENABLE                  0xda0  /* PHB4, PHB5: errors that interrupt */

#define PHB_INA_ERR_FREEZE_ENABLE                   0xda8  /* PHB3: errors that freeze the responsible PE */
#define PHB_RXE_ARB_ERR_FREEZE_ENABLE               0xda8  /* PHB4, PHB5: errors that freeze the responsible PE */

#define PHB_INA_ERR_AIB_FENCE_ENABLE                0xdb0  /* PHB3: errors that fence the PHB */
#define PHB_RXE_ARB_ERR_AIB_FENCE_ENABLE            0xdb0  /* PHB4, PHB5: errors that fence the PHB */

#define PHB_INA_ERR_LOG_0                           0xdc0  /* PHB3: log of the first error */
#define PHB_RXE_ARB_ERR_LOG_0                       0xdc0  /* PHB4, PHB5: log of the first error */

#define PHB_INA_ERR_LOG_1                           0xdc8  /* PHB3: log of the first error */
#define PHB_RXE_ARB_ERR_LOG_1                       0xdc8  /* PHB4, PHB5: log of the first error */

#define PHB_INA_ERR_STATUS_MASK                     0xdd0  /* PHB3: errors that are not recorded */
#define PHB_RXE_ARB_ERR_STATUS_MASK                 0xdd0  /* PHB4, PHB5: errors that are not recorded */

#define PHB_INA_ERR1_STATUS_MASK                    0xdd8  /* PHB3: errors that are never first */
#define PHB_RXE_ARB_ERR1_STATUS_MASK                0xdd8  /* PHB4, PHB5: errors that are never first */

#define PHB_INB_ERR_STATUS                          0xe00  /* PHB3: errors */
#define PHB_RXE_MRG_ERR_STATUS                      0xe00  /* PHB4, PHB5: errors */

#define PHB_INB_ERR1_STATUS                         0xe08  /* PHB3: the first of them */
#define PHB_RXE_MRG_ERR1_STATUS                     0xe08  /* PHB4, PHB5: the first of them */

#define PHB_INB_ERR_INJECT                          0xe10  /* PHB3: injects errors [MA: sets status, reads 0] */
#define PHB_RXE_MRG_ERR_INJECT                      0xe10  /* PHB4, PHB5: injects errors [MA: sets status, reads 0] */

#define PHB_INB_ERR_LEM_ENABLE                      0xe18  /* PHB3: errors for the LEM */
#define PHB_RXE_MRG_ERR_LEM_ENABLE                  0xe18  /* PHB4, PHB5: errors for the LEM */

#define PHB_INB_ERR_IRQ_ENABLE                      0xe20  /* PHB3: errors that interrupt */
#define PHB_RXE_MRG_ERR_IRQ_ENABLE                  0xe20  /* PHB4, PHB5: errors that interrupt */

#define PHB_INB_ERR_FREEZE_ENABLE                   0xe28  /* PHB3: errors that freeze the responsible PE */
#define PHB_RXE_MRG_ERR_FREEZE_ENABLE               0xe28  /* PHB4, PHB5: errors that freeze the responsible PE */

#define PHB_INB_ERR_AIB_FENCE_ENABLE                0xe30  /* PHB3: errors that fence the PHB */
#define PHB_RXE_MRG_ERR_AIB_FENCE_ENABLE            0xe30  /* PHB4, PHB5: errors that fence the PHB */

#define PHB_INB_ERR_LOG_0                           0xe40  /* PHB3: log of the first error */
#define PHB_RXE_MRG_ERR_LOG_0                       0xe40  /* PHB4, PHB5: log of the first error */

#define PHB_INB_ERR_LOG_1                           0xe48  /* PHB3: log of the first error */
#define PHB_RXE_MRG_ERR_LOG_1                       0xe48  /* PHB4, PHB5: log of the first error */

#define PHB_INB_ERR_STATUS_MASK                     0xe50  /* PHB3: errors that are not recorded */
#define PHB_RXE_MRG_ERR_STATUS_MASK                 0xe50  /* PHB4, PHB5: errors that are not recorded */

#define PHB_INB_ERR1_STATUS_MASK                    0xe58  /* PHB3: errors that are never first */
#define PHB_RXE_MRG_ERR1_STATUS_MASK                0xe58  /* PHB4, PHB5: errors that are never first */

#define PHB_RXE_TCE_ERR_STATUS                      0xe80  /* PHB4, PHB5: errors */

#define PHB_RXE_TCE_ERR1_STATUS                     0xe88  /* PHB4, PHB5: the first of them */

#define PHB_RXE_TCE_ERR_INJECT                      0xe90  /* PHB4, PHB5: injects errors [MA: sets status, reads 0] */

#define PHB_RXE_TCE_ERR_LEM_ENABLE                  0xe98  /* PHB4, PHB5: errors for the LEM */

#define PHB_RXE_TCE_ERR_IRQ_ENABLE                  0xea0  /* PHB4, PHB5: errors that interrupt */

#define PHB_RXE_TCE_ERR_FREEZE_ENABLE               0xea8  /* PHB4, PHB5: errors that freeze the responsible PE */

#define PHB_RXE_TCE_ERR_AIB_FENCE_ENABLE            0xeb0  /* PHB4, PHB5: errors that fence the PHB */

#define PHB_RXE_TCE_ERR_LOG_0                       0xec0  /* PHB4, PHB5: log of the first error */

#define PHB_RXE_TCE_ERR_LOG_1                       0xec8  /* PHB4, PHB5: log of the first error */

#define PHB_RXE_TCE_ERR_STATUS_MASK                 0xed0  /* PHB4, PHB5: errors that are not recorded */

#define PHB_RXE_TCE_ERR1_STATUS_MASK                0xed8  /* PHB4, PHB5: errors that are never first */

#define PHB_TRACE_CONTROL                           0xf80  /* PHB4, PHB5: storage */

#define PHB_PERFMON_CONFIG                          0xf88  /* PHB4, PHB5: storage */

#define PHB_PERFMON_CTR0                            0xf90  /* PHB4, PHB5: storage */

#define PHB_PERFMON_CTR1                            0xf98  /* PHB4, PHB5: storage */

#define PHB_PERFMON_CTR2                            0xfa0  /* PHB4, PHB5: storage */

#define PHB_PERFMON_CTR3                            0xfa8  /* PHB4, PHB5: storage */

/* PHB3: presence (active low) in 10 and 11, link active in 12 */
#define PHB_HOTPLUG_OVERRIDE                        0xfb0
#define PHB_HOTPLUG_OVERRIDE_RESAMPLE               PPC_BIT(9)  /* PHB3 */
#define PHB_HOTPLUG_OVERRIDE_PRESENCE_A             PPC_BIT(10)  /* PHB3 */
#define PHB_HOTPLUG_OVERRIDE_PRESENCE_B             PPC_BIT(11)  /* PHB3 */
#define PHB_HOTPLUG_OVERRIDE_LINK_ACTIVE            PPC_BIT(12)  /* PHB3 */
#define PHB_HOTPLUG_OVERRIDE_BIFURCATED             PPC_BIT(13)  /* PHB3 */

#define PHB_PBL_CONTROL                             0x1800  /* PHB4, PHB5: storage */

#define PHB_PBL_TIMEOUT_CTRL                        0x1810  /* PHB4, PHB5: storage */

#define PHB_PBL_NPTAG_ENABLE                        0x1820  /* PHB4, PHB5: outbound non-posted tags [I]; storage */

#define PHB_PBL_NBW_CMP_MASK                        0x1830  /* PHB4, PHB5: storage */

#define PHB_PBL_SYS_LINK_INIT                       0x1838  /* PHB4, PHB5: flow-control credits; storage */

#define PHB_PBL_BUF_STATUS                          0x1840  /* PHB4, PHB5: reads 0 */

#define PHB_PBL_ERR_STATUS                          0x1900  /* PHB4, PHB5: errors */

#define PHB_PBL_ERR1_STATUS                         0x1908  /* PHB4, PHB5: the first of them */

#define PHB_PBL_ERR_INJECT                          0x1910  /* PHB4, PHB5: injects errors [MA: sets status, reads 0] */

/* PHB4, PHB5: errors that are informative: PHB_ERR bit 24 */
#define PHB_PBL_ERR_INF_ENABLE                      0x1920

/* PHB4, PHB5: errors an endpoint recovers from: PHB_ERR bit 25 */
#define PHB_PBL_ERR_ERC_ENABLE                      0x1928

#define PHB_PBL_ERR_FAT_ENABLE                      0x1930  /* PHB4, PHB5: fatal errors: PHB_ERR bit 26 */

#define PHB_PBL_ERR_LOG_0                           0x1940  /* PHB4, PHB5: log of the first error */

#define PHB_PBL_ERR_LOG_1                           0x1948  /* PHB4, PHB5: log of the first error */

#define PHB_PBL_ERR_STATUS_MASK                     0x1950  /* PHB4, PHB5: errors that are not recorded */

#define PHB_PBL_ERR1_STATUS_MASK                    0x1958  /* PHB4, PHB5: errors that are never first */

#define PHB_PCIE_SCR                                0x1a00  /* PHB4, PHB5: max link speed in 32:35, slot in 15, width */
#define PHB_PCIE_SCR_SLOT_CAP                       PPC_BIT(15)  /* PHB4, PHB5 */
#define PHB_PCIE_SCR_MAXLINKSPEED                   PPC_BITMASK(32, 35)  /* PHB4, PHB5 */

#define PHB_PCIE_BNR                                0x1a08  /* PHB4, PHB5: bus number */

#define PHB_PCIE_CRESET                             0x1a10  /* PHB4, PHB5: core, link and buffer resets; PERST */
#define PHB_PCIE_CRESET_CFG_CORE                    PPC_BIT(0)  /* PHB4, PHB5 */
#define PHB_PCIE_CRESET_TLDLP                       PPC_BIT(1)  /* PHB4, PHB5 */
#define PHB_PCIE_CRESET_PBL                         PPC_BIT(2)  /* PHB4, PHB5 */
#define PHB_PCIE_CRESET_PERST_N                     PPC_BIT(3)  /* PHB4, PHB5 */
#define PHB_PCIE_CRESET_PIPE_N                      PPC_BIT(4)  /* PHB4, PHB5 */
#define PHB_PCIE_CRESET_REFCLK_N                    PPC_BIT(8)  /* PHB4, PHB5 */

#define PHB_PCIE_DLP_STR                            0x1a18  /* PHB4, PHB5: storage */

/* PHB4, PHB5: presence in bit 10, active low; link active in 12 */
#define PHB_PCIE_HOTPLUG_STATUS                     0x1a20
#define PHB_PCIE_HOTPLUG_STATUS_SIMSPEED            PPC_BIT(3)  /* PHB4, PHB5 */
#define PHB_PCIE_HOTPLUG_STATUS_RESAMPLE            PPC_BIT(9)  /* PHB4, PHB5 */
#define PHB_PCIE_HOTPLUG_STATUS_PRESENCE            PPC_BIT(10)  /* PHB4, PHB5 */
#define PHB_PCIE_HOTPLUG_STATUS_LINK_ACTIVE         PPC_BIT(12)  /* PHB4, PHB5 */

#define PHB_PCIE_LMR                                0x1a30  /* PHB4, PHB5: change width, retrain; link active in 8 */
#define PHB_PCIE_LMR_CHG_LINK_WIDTH                 PPC_BIT(0)  /* PHB4, PHB5 */
#define PHB_PCIE_LMR_RETRAIN                        PPC_BIT(1)  /* PHB4, PHB5 */
#define PHB_PCIE_LMR_LINK_ACTIVE                    PPC_BIT(8)  /* PHB4, PHB5 */

#define PHB_PCIE_LANE_PWR                           0x1a38  /* PHB4, PHB5: storage */

#define PHB_PCIE_DLP_TRAIN_CTL                      0x1a40  /* PHB4, PHB5: state of the link */
#define PHB_PCIE_DLP_TRAIN_CTL_SYS_DISABLEDETECT    PPC_BIT(12)  /* PHB4, PHB5 */
#define PHB_PCIE_DLP_TRAIN_CTL_TRAINING             PPC_BIT(20)  /* PHB4, PHB5 */
#define PHB_PCIE_DLP_TRAIN_CTL_LTSSM                PPC_BITMASK(24, 27)  /* PHB4, PHB5 */
#define PHB_PCIE_DLP_TRAIN_CTL_LINK_WIDTH           PPC_BITMASK(30, 35)  /* PHB4, PHB5 */
#define PHB_PCIE_DLP_TRAIN_CTL_LINK_SPEED           PPC_BITMASK(36, 39)  /* PHB4, PHB5 */

#define PHB_PCIE_LSR                                0x1a48  /* PHB4, PHB5: storage */

#define PHB_PCIE_RXMGN                              0x1a50  /* PHB4, PHB5: storage */

#define PHB_PCIE_LANEZEROCTL                        0x1a70  /* PHB4, PHB5: storage */

#define PHB_PCIE_DLP_CTL                            0x1a78  /* PHB4, PHB5: storage */
#define PHB_PCIE_DLP_CTL_BYPASS_PH2                 PPC_BIT(4)  /* PHB4, PHB5 */
#define PHB_PCIE_DLP_CTL_BYPASS_PH3                 PPC_BIT(5)  /* PHB4, PHB5 */
#define PHB_PCIE_DLP_CTL_SFC_DISABLE                PPC_BIT(60)  /* PHB4, PHB5 */

/* PHB4, PHB5: trace enable: LTSSM field of TRAIN_CTL is live */
#define PHB_PCIE_DLP_TRWCTL                         0x1a80
#define PHB_PCIE_DLP_TRWCTL_ENABLE                  PPC_BIT(0)  /* PHB4, PHB5 */
#define PHB_PCIE_DLP_TRWCTL_WREN                    PPC_BIT(1)  /* PHB4, PHB5 */

#define PHB_PCIE_TRCRDDATA                          0x1a88  /* PHB4, PHB5: storage */

#define PHB_PCIE_DLP_ERRLOG1                        0x1aa0  /* PHB4, PHB5: log */

#define PHB_PCIE_DLP_ERRLOG2                        0x1aa8  /* PHB4, PHB5: log */

#define PHB_PCIE_DLP_ERR_STATUS                     0x1ab0  /* PHB4, PHB5: per-lane errors in 0:15 */
#define PHB_PCIE_DLP_ERR_STATUS_LANES               PPC_BITMASK(0, 15)  /* PHB4, PHB5 */

#define PHB_PCIE_DLP_ERR_COUNTERS                   0x1ab8  /* PHB4, PHB5: receiver errors in 16:23 */
#define PHB_PCIE_DLP_ERR_COUNTERS_RX_ERR_CNT        PPC_BITMASK(16, 23)  /* PHB4, PHB5 */

#define PHB_PCIE_DLP_EIC                            0x1ac8  /* PHB4, PHB5: storage */

#define PHB_PCIE_LANE_EQ_CNTL0                      0x1ad0  /* PHB4, PHB5: lane equalisation, Gen3; storage */

#define PHB_PCIE_LANE_EQ_CNTL1                      0x1ad8  /* PHB4, PHB5: lane equalisation, Gen3; storage */

#define PHB_PCIE_LANE_EQ_CNTL2                      0x1ae0  /* PHB4, PHB5: lane equalisation, Gen3; storage */

#define PHB_PCIE_LANE_EQ_CNTL3                      0x1ae8  /* PHB4, PHB5: lane equalisation, Gen3; storage */

#define PHB_PCIE_LANE_EQ_CNTL40                     0x1af0  /* PHB4, PHB5: lane equalisation, Gen4; storage */

#define PHB_PCIE_LANE_EQ_CNTL41                     0x1af8  /* PHB4, PHB5: lane equalisation, Gen4; storage */

#define PHB_PCIE_LANE_EQ_CNTL50                     0x1b00  /* PHB5: lane equalisation, Gen5; storage */

#define PHB_PCIE_LANE_EQ_CNTL51                     0x1b08  /* PHB5: lane equalisation, Gen5; storage */

#define PHB_PCIE_TRACE_CTRL                         0x1b20  /* PHB4, PHB5: storage */

#define PHB_PCIE_MISC_STRAP                         0x1b30  /* PHB4, PHB5: storage */

#define PHB_PCIE_PDL_PHY_EQ_CNTL                    0x1b38  /* PHB4, PHB5: storage */

#define PHB_PCIE_RX_EQ_STATUS0                      0x1b40  /* PHB4, PHB5: reads 0 */

#define PHB_PCIE_RX_EQ_STATUS1                      0x1b48  /* PHB4, PHB5: reads 0 */

#define PHB_PCIE_RX_EQ_STATUS2                      0x1b50  /* PHB4, PHB5: reads 0 */

#define PHB_PCIE_RX_EQ_STATUS3                      0x1b58  /* PHB4, PHB5: reads 0 */

#define PHB_PCIE_RX_EQ_STATUS4                      0x1b60  /* PHB4, PHB5: reads 0 */

#define PHB_PCIE_RX_EQ_STATUS5                      0x1b68  /* PHB4, PHB5: reads 0 */

#define PHB_PCIE_RX_EQ_STATUS6                      0x1b70  /* PHB4, PHB5: reads 0 */

#define PHB_PCIE_RX_EQ_STATUS7                      0x1b78  /* PHB4, PHB5: reads 0 */

#define PHB_PCIE_RX_EQ_STATUS8                      0x1b80  /* PHB4, PHB5: reads 0 */

#define PHB_PCIE_RX_EQ_STATUS9                      0x1b88  /* PHB4, PHB5: reads 0 */

#define PHB_PCIE_RX_EQ_STATUS10                     0x1b90  /* PHB4, PHB5: reads 0 */

#define PHB_PCIE_RX_EQ_STATUS11                     0x1b98  /* PHB4, PHB5: reads 0 */

#define PHB_REGB_ERR_STATUS                         0x1c00  /* PHB4, PHB5: errors */

#define PHB_REGB_ERR1_STATUS                        0x1c08  /* PHB4, PHB5: the first of them */

#define PHB_REGB_ERR_INJECT                         0x1c10  /* PHB4, PHB5: injects errors [MA: sets status, reads 0] */

/* PHB4, PHB5: errors that are informative: PHB_ERR bit 24 */
#define PHB_REGB_ERR_INF_ENABLE                     0x1c20

/* PHB4, PHB5: errors an endpoint recovers from: PHB_ERR bit 25 */
#define PHB_REGB_ERR_ERC_ENABLE                     0x1c28

#define PHB_REGB_ERR_FAT_ENABLE                     0x1c30  /* PHB4, PHB5: fatal errors: PHB_ERR bit 26 */

#define PHB_REGB_ERR_LOG_0                          0x1c40  /* PHB4, PHB5: log of the first error */

#define PHB_REGB_ERR_LOG_1                          0x1c48  /* PHB4, PHB5: log of the first error */

#define PHB_REGB_ERR_STATUS_MASK                    0x1c50  /* PHB4, PHB5: errors that are not recorded */

#define PHB_REGB_ERR1_STATUS_MASK                   0x1c58  /* PHB4, PHB5: errors that are never first */

/* Sizes and addresses */
#define PHB3_VERSION                                PPC_U64(0xa300000005)  /* POWER8 */
#define PHB3_PES                                    256
#define PHB3_TVES                                   512
#define PHB3_INTERRUPTS                             2048

#define PHB4_BIG_VERSION                            PPC_U64(0xa400000002)  /* POWER9 */
#define PHB4_BIG_PES                                512
#define PHB4_BIG_TVES                               1024
#define PHB4_BIG_INTERRUPTS                         4096

#define PHB4_SMALL_VERSION                          PPC_U64(0xa400000002)  /* POWER9 */
#define PHB4_SMALL_PES                              256
#define PHB4_SMALL_TVES                             512
#define PHB4_SMALL_INTERRUPTS                       2048

#define PHB5_BIG_VERSION                            PPC_U64(0xa500000002)  /* POWER10 */
#define PHB5_BIG_PES                                512
#define PHB5_BIG_TVES                               1024
#define PHB5_BIG_INTERRUPTS                         4096

#define PHB5_SMALL_VERSION                          PPC_U64(0xa500000002)  /* POWER10 */
#define PHB5_SMALL_PES                              256
#define PHB5_SMALL_TVES                             512
#define PHB5_SMALL_INTERRUPTS                       2048

#define PHB_RC_CONFIG                               0x1000  /* PHB4 on: configuration space of the root complex */
#define PHB_RC_CONFIG_BYTES                         0x800  /* 4 bytes at a time, little-endian */
#define PHB_RTT_BYTES                               0x20000  /* 2 bytes a RID, big-endian; naturally aligned */
#define PHB_PEST_ENTRY_BYTES                        16  /* two doublewords a PE */
#define PHB_MSI32_BASE                              PPC_U64(0xffff0000)  /* 64 KiB */
#define PHB_MSI64_BASE                              PPC_U64(0x1000000000000000)
#define PHB_DMA_WINDOW1                             PPC_U64(0x800000000000000)  /* address of a PE's second window */

/* Tables behind the IODA port: value of PHB_IODA_ADDR_TSEL, entries */
#define PHB_IODA_LIST                               1  /* state of the LSIs */
#define PHB_IODA_LIST_ENTRIES                       8

/* PHB4 on: four MSI sources a word; PHB3: server, priority and node of the LSIs, other bits read 0 */
#define PHB_IODA_LXIVT                              2
#define PHB_IODA_LXIVT_ENTRIES_PHB3                 8

/* PHB4 on: four MSI sources a word; PHB3: server, priority and node of the LSIs, other bits read 0 */
#define PHB_IODA_MIST                               2
#define PHB_IODA_MIST_ENTRIES_BIG                   1024
#define PHB_IODA_MIST_ENTRIES_SMALL                 512

#define PHB_IODA_IVC_CAM                            3  /* PHB3: debug; storage */
#define PHB_IODA_IVC_CAM_ENTRIES_PHB3               32

#define PHB_IODA_PCT                                3  /* PHB4, PHB5: debug; storage */
#define PHB_IODA_PCT_ENTRIES_BIG                    8
#define PHB_IODA_PCT_ENTRIES_SMALL                  8

#define PHB_IODA_RBA                                4  /* PHB3: reject bits; storage */
#define PHB_IODA_RBA_ENTRIES_PHB3                   32

#define PHB_IODA_RCAM                               5  /* RID cache, debug; reads 0 */
#define PHB_IODA_RCAM_ENTRIES_PHB3                  64
#define PHB_IODA_RCAM_ENTRIES_BIG                   128
#define PHB_IODA_RCAM_ENTRIES_SMALL                 64

#define PHB_IODA_MRT                                6  /* page migration; storage */
#define PHB_IODA_MRT_ENTRIES_PHB3                   8
#define PHB_IODA_MRT_ENTRIES_BIG                    16
#define PHB_IODA_MRT_ENTRIES_SMALL                  8

#define PHB_IODA_PESTA                              7  /* MMIO frozen */
#define PHB_IODA_PESTA_ENTRIES_PHB3                 256
#define PHB_IODA_PESTA_ENTRIES_BIG                  512
#define PHB_IODA_PESTA_ENTRIES_SMALL                256

#define PHB_IODA_PESTB                              8  /* DMA stopped */
#define PHB_IODA_PESTB_ENTRIES_PHB3                 256
#define PHB_IODA_PESTB_ENTRIES_BIG                  512
#define PHB_IODA_PESTB_ENTRIES_SMALL                256

#define PHB_IODA_TVT                                9  /* DMA windows */
#define PHB_IODA_TVT_ENTRIES_PHB3                   512
#define PHB_IODA_TVT_ENTRIES_BIG                    1024
#define PHB_IODA_TVT_ENTRIES_SMALL                  512

#define PHB_IODA_TCAM                               10  /* PHB3: TCE cache directory, debug; reads 0 */
#define PHB_IODA_TCAM_ENTRIES_PHB3                  64

#define PHB_IODA_TCR                                10  /* PHB4, PHB5: TCE cache directory, debug; reads 0 */
#define PHB_IODA_TCR_ENTRIES_BIG                    1024
#define PHB_IODA_TCR_ENTRIES_SMALL                  512

#define PHB_IODA_TDR                                11  /* TCE cache data, debug; reads 0 */
#define PHB_IODA_TDR_ENTRIES_PHB3                   64
#define PHB_IODA_TDR_ENTRIES_BIG                    1024
#define PHB_IODA_TDR_ENTRIES_SMALL                  512

#define PHB_IODA_M64BT                              16  /* PHB3: windows of processor addresses */
#define PHB_IODA_M64BT_ENTRIES_PHB3                 16

#define PHB_IODA_MBT                                16  /* PHB4, PHB5: windows of processor addresses */
#define PHB_IODA_MBT_ENTRIES_BIG                    64
#define PHB_IODA_MBT_ENTRIES_SMALL                  32

#define PHB_IODA_M32DT                              17  /* PHB3: PE of a window's segment */
#define PHB_IODA_M32DT_ENTRIES_PHB3                 256

#define PHB_IODA_MDT                                17  /* PHB4, PHB5: PE of a window's segment */
#define PHB_IODA_MDT_ENTRIES_BIG                    512
#define PHB_IODA_MDT_ENTRIES_SMALL                  256

#define PHB_IODA_PEEV                               20  /* PEs that are frozen; derived */
#define PHB_IODA_PEEV_ENTRIES_PHB3                  4
#define PHB_IODA_PEEV_ENTRIES_BIG                   8
#define PHB_IODA_PEEV_ENTRIES_SMALL                 4

/* Entries of tables */
#define PHB_TVE_TTA                                 PPC_BITMASK(0, 47)  /* root table's address >> 12 */
#define PHB_TVE_LEVELS                              PPC_BITMASK(48, 50)  /* levels - 1 */
/* bytes of one table: 2^(n + 11); 0: invalid */
#define PHB_TVE_TTS                                 PPC_BITMASK(51, 55)
/* I/O page of 2^(n + 11) bytes; 0: no translation */
#define PHB_TVE_PSIZE                               PPC_BITMASK(59, 63)
#define PHB_TVE_NXLATE                              PPC_BIT(51)  /* with PSIZE 0: untranslated */
#define PHB_TVE_NXLATE_50BIT                        PPC_BIT(56)  /* PHB4, PHB5: untranslated, with a range */
#define PHB_TVE_NXLATE_START_HI                     PPC_BITMASK(52, 53)  /* bits 49:48 of the first address */
#define PHB_TVE_NXLATE_START_LO                     PPC_BITMASK(0, 23)  /* bits 47:24 of the first address */
#define PHB_TVE_NXLATE_END_HI                       PPC_BITMASK(54, 55)  /* bits 49:48 of the end */
#define PHB_TVE_NXLATE_END_LO                       PPC_BITMASK(24, 47)  /* bits 47:24 of the end, exclusive */

#define PHB_TCE_RPN                                 PPC_BITMASK(0, 51)  /* real page, or next table, in place */
#define PHB_TCE_WRITE                               PPC_BIT(62)  /* the device may write */
#define PHB_TCE_READ                                PPC_BIT(63)  /* the device may read */

#define PHB_TCE_KILL_PSIZE                          PPC_BITMASK(50, 51)  /* PHB4, PHB5: with PSEL: page size */

#define PHB_MIST_P0                                 PPC_BIT(0)  /* PHB4, PHB5: source 4n: pending */
#define PHB_MIST_Q0                                 PPC_BIT(1)  /* PHB4, PHB5: source 4n: queued */
#define PHB_MIST_PE0                                PPC_BITMASK(4, 15)  /* PHB4, PHB5: source 4n: PE */
#define PHB_MIST_P1                                 PPC_BIT(16)  /* PHB4, PHB5: source 4n + 1: pending */
#define PHB_MIST_Q1                                 PPC_BIT(17)  /* PHB4, PHB5: source 4n + 1: queued */
#define PHB_MIST_PE1                                PPC_BITMASK(20, 31)  /* PHB4, PHB5: source 4n + 1: PE */
#define PHB_MIST_P2                                 PPC_BIT(32)  /* PHB4, PHB5: source 4n + 2: pending */
#define PHB_MIST_Q2                                 PPC_BIT(33)  /* PHB4, PHB5: source 4n + 2: queued */
#define PHB_MIST_PE2                                PPC_BITMASK(36, 47)  /* PHB4, PHB5: source 4n + 2: PE */
#define PHB_MIST_P3                                 PPC_BIT(48)  /* PHB4, PHB5: source 4n + 3: pending */
#define PHB_MIST_Q3                                 PPC_BIT(49)  /* PHB4, PHB5: source 4n + 3: queued */
#define PHB_MIST_PE3                                PPC_BITMASK(52, 63)  /* PHB4, PHB5: source 4n + 3: PE */

#define PHB_LIST_P                                  PPC_BIT(6)  /* LSI pending */
#define PHB_LIST_Q                                  PPC_BIT(7)  /* LSI queued */
#define PHB_LIST_STATE                              PPC_BIT(14)  /* level of the LSI */

#define PHB_LXIVT_SERVER                            PPC_BITMASK(8, 23)  /* PHB3: of the LSI */
#define PHB_LXIVT_PRIORITY                          PPC_BITMASK(24, 31)  /* PHB3: of the LSI */
#define PHB_LXIVT_NODE                              PPC_BITMASK(56, 63)  /* PHB3: of the LSI */

#define PHB_IVE_SERVER                              PPC_BITMASK(0, 23)  /* PHB3: interrupt vector entry in memory */
#define PHB_IVE_PRIORITY                            PPC_BITMASK(24, 31)  /* PHB3 */
#define PHB_IVE_P                                   PPC_BIT(39)  /* PHB3: pending */
#define PHB_IVE_Q                                   PPC_BIT(47)  /* PHB3: queued */
#define PHB_IVE_PE                                  PPC_BITMASK(48, 63)  /* PHB3: that may send it */

#define PHB_PESTA_MMIO_FROZEN                       PPC_BIT(0)  /* the only bit on chip */
#define PHB_PESTA_MMIO_CAUSE                        PPC_BIT(2)  /* an outbound access was the cause */
#define PHB_PESTA_CFG_READ                          PPC_BIT(3)  /* cause: configuration read */
#define PHB_PESTA_CFG_WRITE                         PPC_BIT(4)  /* cause: configuration write */
#define PHB_PESTA_TTYPE                             PPC_BITMASK(5, 7)  /* transaction: see PHB_TTYPE */
#define PHB_PESTA_CA_RETURN                         PPC_BIT(8)  /* completer abort or timeout */
#define PHB_PESTA_UR_RETURN                         PPC_BIT(9)  /* unsupported request */
#define PHB_PESTA_PCIE_NONFATAL                     PPC_BIT(10)
#define PHB_PESTA_PCIE_FATAL                        PPC_BIT(11)
#define PHB_PESTA_PARITY_UE                         PPC_BIT(13)
#define PHB_PESTA_PCIE_CORR                         PPC_BIT(14)
#define PHB_PESTA_PCIE_INTERRUPT                    PPC_BIT(15)
#define PHB_PESTA_IODA_ERROR                        PPC_BIT(16)  /* translation validation, MSI or MMIO lookup */
#define PHB_PESTA_TCE_PAGE_FAULT                    PPC_BIT(18)
#define PHB_PESTA_TCE_ACCESS_FAULT                  PPC_BIT(19)
#define PHB_PESTA_DMA_RESP_TIMEOUT                  PPC_BIT(20)
#define PHB_PESTA_AIB_SIZE_INVALID                  PPC_BIT(21)
#define PHB_PESTA_LEM_BIT                           PPC_BITMASK(26, 31)  /* bit of the LEM FIR */
#define PHB_PESTA_RID                               PPC_BITMASK(32, 47)  /* of the request */
#define PHB_PESTA_MSI_DATA                          PPC_BITMASK(48, 63)

#define PHB_PESTB_DMA_STOPPED                       PPC_BIT(0)  /* the only bit on chip */
#define PHB_PESTB_FAIL_ADDR                         PPC_BITMASK(3, 63)  /* failing address, in place */

#define PHB_MBT0_ENABLE                             PPC_BIT(0)  /* PHB4, PHB5: one bit for both words */
#define PHB_MBT0_TYPE_M32                           PPC_BIT(1)  /* PHB4, PHB5: 1: M32 */
/* PHB4, PHB5: 0 PE = segment, 1 via MDT, 2 single PE */
#define PHB_MBT0_MODE                               PPC_BITMASK(2, 3)
/* PHB4, PHB5: 0 as many as PEs, 1: 128, 2: 64, 3: 8 */
#define PHB_MBT0_SEG_DIVISOR                        PPC_BITMASK(4, 5)
#define PHB_MBT0_MDT_COLUMN                         PPC_BITMASK(4, 5)  /* PHB4, PHB5: MODE 1: column of the MDT */
#define PHB_MBT0_BASE                               PPC_BITMASK(8, 51)  /* PHB4, PHB5: address bits 55:12, in place */

#define PHB_MBT1_ENABLE                             PPC_BIT(0)  /* PHB4, PHB5: one bit for both words */
#define PHB_MBT1_MASK                               PPC_BITMASK(8, 51)  /* PHB4, PHB5 */
#define PHB_MBT1_SEG_BASE                           PPC_BITMASK(55, 63)  /* PHB4, PHB5: PE of the first segment */
#define PHB_MBT1_SINGLE_PE                          PPC_BITMASK(55, 63)  /* PHB4, PHB5: MODE 2: the PE */

#define PHB_MDT_PE_A                                PPC_BITMASK(0, 15)  /* PHB4, PHB5: column A */
#define PHB_MDT_PE_B                                PPC_BITMASK(16, 31)  /* PHB4, PHB5: column B */
#define PHB_MDT_PE_C                                PPC_BITMASK(32, 47)  /* PHB4, PHB5: column C */
#define PHB_MDT_PE_D                                PPC_BITMASK(48, 63)  /* PHB4, PHB5: column D */

#define PHB_M64BT_ENABLE                            PPC_BIT(0)  /* PHB3 */
#define PHB_M64BT_SINGLE_PE                         PPC_BIT(1)  /* PHB3 */
#define PHB_M64BT_BASE                              PPC_BITMASK(2, 31)  /* PHB3: address >> 20 */
#define PHB_M64BT_MASK                              PPC_BITMASK(34, 63)  /* PHB3 */
#define PHB_M64BT_SINGLE_BASE                       PPC_BITMASK(2, 26)  /* PHB3: address >> 25 */
#define PHB_M64BT_PE_HI                             PPC_BITMASK(27, 31)  /* PHB3: single PE */
#define PHB_M64BT_SINGLE_MASK                       PPC_BITMASK(34, 58)  /* PHB3 */
#define PHB_M64BT_PE_LO                             PPC_BITMASK(59, 63)  /* PHB3: single PE */

#define PHB_M32DT_PE                                PPC_BITMASK(8, 15)  /* PHB3: of the segment */

#define PHB_CONFIG_ADDRESS_STATUS_GOOD              0  /* how a configuration cycle ended */
#define PHB_CONFIG_ADDRESS_STATUS_UR                1
#define PHB_CONFIG_ADDRESS_STATUS_CRS               2  /* try again */
#define PHB_CONFIG_ADDRESS_STATUS_CA                4

#define PHB_TTYPE_DMA_WRITE                         0  /* in PESTA_TTYPE */
#define PHB_TTYPE_MSI                               1
#define PHB_TTYPE_DMA_READ                          2
#define PHB_TTYPE_DMA_READ_RESPONSE                 3
#define PHB_TTYPE_MMIO_LOAD                         4
#define PHB_TTYPE_MMIO_STORE                        5
#define PHB_TTYPE_OTHER                             7  /* configuration cycles among them */

#define PHB_TCE_KILL_PSIZE_4K                       0  /* in TCE_KILL_PSIZE, with TCE_KILL_PSEL */
#define PHB_TCE_KILL_PSIZE_64K                      1
#define PHB_TCE_KILL_PSIZE_2M                       2
#define PHB_TCE_KILL_PSIZE_1G                       3

#define PHB_MBT_MODE_SEGMENT                        0  /* in MBT0_MODE: PE = segment */
#define PHB_MBT_MODE_MDT                            1  /* PE from a column of the MDT */
#define PHB_MBT_MODE_SINGLE_PE                      2  /* one PE */

#define PHB_LTSSM_RESET                             0  /* in PCIE_DLP_TRAIN_CTL_LTSSM */
#define PHB_LTSSM_DETECT                            1
#define PHB_LTSSM_POLLING                           2
#define PHB_LTSSM_CONFIG                            3
#define PHB_LTSSM_L0                                4
#define PHB_LTSSM_RECOVERY                          5
#define PHB_LTSSM_L1                                6
#define PHB_LTSSM_L2                                7
#define PHB_LTSSM_HOT_RESET                         8
#define PHB_LTSSM_DISABLED                          9
#define PHB_LTSSM_LOOPBACK                          10

#define PHB_LSI_INTA                                0  /* numbers of the LSIs */
#define PHB_LSI_INTB                                1
#define PHB_LSI_INTC                                2
#define PHB_LSI_INTD                                3
#define PHB_LSI_INF                                 6  /* errors that only inform */
#define PHB_LSI_ER                                  7  /* freeze or fence */

#define PHB_TVE_PEER_TO_PEER                        0x1000  /* a whole TVE: any address, untranslated */

/* Errors: status bits, and the enables that firmware writes */
#define PHB_RXE_ARB_FAULT_RTT_DISABLED              PPC_BIT(41)  /* PHB4, PHB5: RTT BAR disabled */
#define PHB_RXE_ARB_FAULT_RTE_PE_OUT_OF_RANGE       PPC_BIT(40)  /* PHB4, PHB5: RTE names a PE beyond the PHB's */
#define PHB_RXE_ARB_FAULT_TVE_INVALID               PPC_BIT(26)  /* PHB4, PHB5: TVT entry invalid */
#define PHB_RXE_ARB_FAULT_TVT_ADDRESS               PPC_BIT(28)  /* PHB4, PHB5: address outside the window */
#define PHB_RXE_TCE_FAULT_TCE_PAGE_FAULT            PPC_BIT(2)  /* PHB4, PHB5: TCE without permission */
#define PHB_RXE_TCE_FAULT_TCE_PAGE_FAULT_HIT        PPC_BIT(1)  /* PHB4, PHB5: cached TCE without permission */
#define PHB_RXE_TCE_FAULT_TCE_ACCESS_FAULT          PPC_BIT(2)  /* PHB4, PHB5: TCE forbids the direction */
#define PHB_RXE_TCE_FAULT_TCE_ACCESS_FAULT_HIT      PPC_BIT(1)  /* PHB4, PHB5: cached TCE forbids the direction */
#define PHB_RXE_TCE_FAULT_TCE_FETCH_ERROR           PPC_BIT(13)  /* PHB4, PHB5: TCE fetch answered with an error */
#define PHB_RXE_TCE_FAULT_TCE_FETCH_TIMEOUT         PPC_BIT(8)  /* PHB4, PHB5: TCE fetch timed out */
#define PHB_RXE_ARB_FAULT_RTT_FETCH_ERROR           PPC_BIT(42)  /* PHB4, PHB5: RTT fetch answered with an error */
#define PHB_RXE_ARB_FAULT_MSI_PE_MISMATCH           PPC_BIT(27)  /* PHB4, PHB5: MSI source belongs to another PE */
#define PHB_RXE_ARB_FAULT_MSI_SIZE                  PPC_BIT(2)  /* PHB4, PHB5: MSI is not a 4-byte write */
#define PHB_RXE_ARB_FAULT_MSI_ALIGNMENT             PPC_BIT(3)  /* PHB4, PHB5: MSI is not aligned */
#define PHB_RXE_ARB_FAULT_MSI_READ                  PPC_BIT(18)  /* PHB4, PHB5: read of MSI space */
#define PHB_RXE_ARB_FAULT_MSI_SOURCE                PPC_BIT(27)  /* PHB4, PHB5: MSI source beyond the PHB's */
#define PHB_RXE_ARB_FAULT_POISONED_TLP              PPC_BIT(24)  /* PHB4, PHB5: poisoned TLP */
#define PHB_RXE_ARB_FAULT_COMPLETION_UR             PPC_BIT(1)  /* PHB4, PHB5: UR completion of an outbound load */
#define PHB_RXE_ARB_FAULT_COMPLETION_CA             PPC_BIT(0)  /* PHB4, PHB5: CA completion of an outbound load */
#define PHB_RXE_ARB_FAULT_ERR_NONFATAL              PPC_BIT(58)  /* PHB4, PHB5: ERR_NONFATAL message */
#define PHB_RXE_ARB_FAULT_ERR_FATAL                 PPC_BIT(57)  /* PHB4, PHB5: ERR_FATAL message */
/* PHB4, PHB5: TCE kill written while the slot was full */
#define PHB_RXE_TCE_FAULT_KILL_QUEUE_OVERFLOW       PPC_BIT(30)
#define PHB_REGB_FAULT_LINK_DOWN                    PPC_BIT(8)  /* PHB4, PHB5: link down */
#define PHB_RXE_ARB_FAULT_ERR_CORRECTABLE           PPC_BIT(59)  /* PHB4, PHB5: ERR_COR message */
#define PHB_RXE_ARB_FAULT_PELTV_DISABLED            PPC_BIT(32)  /* PHB4, PHB5: PELT-V BAR disabled */
#define PHB_RXE_ARB_FAULT_INJECTED_INBOUND          PPC_BIT(39)  /* PHB4, PHB5: injected error of a DMA */
#define PHB_TXE_FAULT_INJECTED_OUTBOUND             PPC_BIT(28)  /* PHB4, PHB5: injected error of an outbound access */
#define PHB_TXE_FAULT_OUTBOUND_ADDRESS              PPC_BIT(2)  /* PHB4, PHB5: no window takes the outbound address */
#define PHB_TXE_FAULT_CONFIG_WRITE                  PPC_BIT(17)  /* PHB4, PHB5: UR or CA of a configuration write */
/* PHB4, PHB5: register access that is not 8 aligned bytes */
#define PHB_FAULT_REGISTER_SIZE                     PPC_BIT(2)
/* PHB4, PHB5: IODA access of a table that does not exist */
#define PHB_FAULT_IODA_TABLE                        PPC_BIT(4)

#define PHB_ERR_IRQ_ENABLE_FIRMWARE_PHB3            PPC_U64(0x2280b80000)  /* PHB3 */
#define PHB_ERR_IRQ_ENABLE_FIRMWARE                 PPC_U64(0xca8880cc00000000)  /* PHB4, PHB5 */
#define PHB_ERR_FREEZE_ENABLE_FIRMWARE_PHB3         PPC_U64(0x80800000)  /* PHB3 */
#define PHB_ERR_FREEZE_ENABLE_FIRMWARE              PPC_U64(0x4000000000)  /* PHB4, PHB5 */
#define PHB_ERR_AIB_FENCE_ENABLE_FIRMWARE_PHB3      PPC_U64(0xffffffdd0c00ffc0)  /* PHB3 */
#define PHB_ERR_AIB_FENCE_ENABLE_FIRMWARE           PPC_U64(0x35777033ff000000)  /* PHB4, PHB5 */

#define PHB_OUT_ERR_IRQ_ENABLE_FIRMWARE             PPC_U64(0x600c42fc042080f0)  /* PHB3 */
#define PHB_OUT_ERR_FREEZE_ENABLE_FIRMWARE          PPC_U64(0x420800000000)  /* PHB3 */
#define PHB_OUT_ERR_AIB_FENCE_ENABLE_FIRMWARE       PPC_U64(0x9cf3bc00f89c700f)  /* PHB3 */

#define PHB_INA_ERR_IRQ_ENABLE_FIRMWARE             PPC_U64(0xc000a3a901826020)  /* PHB3 */
#define PHB_INA_ERR_FREEZE_ENABLE_FIRMWARE          PPC_U64(0xc00003a901006000)  /* PHB3 */
#define PHB_INA_ERR_AIB_FENCE_ENABLE_FIRMWARE       PPC_U64(0x3fff5452fe019fde)  /* PHB3 */

#define PHB_INB_ERR_IRQ_ENABLE_FIRMWARE             PPC_U64(0x600000800070)  /* PHB3 */
#define PHB_INB_ERR_FREEZE_ENABLE_FIRMWARE          PPC_U64(0x600000000060)  /* PHB3 */
#define PHB_INB_ERR_AIB_FENCE_ENABLE_FIRMWARE       PPC_U64(0xfcff80fbff7ff08c)  /* PHB3 */

#define PHB_TXE_ERR_IRQ_ENABLE_FIRMWARE_PHB4        PPC_U64(0x2008400e08200000)  /* PHB4 */
#define PHB_TXE_ERR_IRQ_ENABLE_FIRMWARE             PPC_U64(0x200850be08200020)  /* PHB5 */
#define PHB_TXE_ERR_FREEZE_ENABLE_FIRMWARE_PHB4     PPC_U64(0xa00000000)  /* PHB4 */
#define PHB_TXE_ERR_FREEZE_ENABLE_FIRMWARE          PPC_U64(0x500a00000000)  /* PHB5 */
#define PHB_TXE_ERR_AIB_FENCE_ENABLE_FIRMWARE_PHB4  PPC_U64(0xdff7bd05f7ddfff0)  /* PHB4 */
#define PHB_TXE_ERR_AIB_FENCE_ENABLE_FIRMWARE       PPC_U64(0xdff7af41f7ddffdf)  /* PHB5 */

#define PHB_RXE_ARB_ERR_IRQ_ENABLE_FIRMWARE         PPC_U64(0xc40038fc01804070)  /* PHB4, PHB5 */
#define PHB_RXE_ARB_ERR_FREEZE_ENABLE_FIRMWARE      PPC_U64(0xc00018b801000060)  /* PHB4, PHB5 */
#define PHB_RXE_ARB_ERR_AIB_FENCE_ENABLE_FIRMWARE   PPC_U64(0x3bffd703fa7fbf8f)  /* PHB4, PHB5 */

#define PHB_RXE_MRG_ERR_IRQ_ENABLE_FIRMWARE         PPC_U64(0x6100008000a8)  /* PHB4, PHB5 */
#define PHB_RXE_MRG_ERR_FREEZE_ENABLE_FIRMWARE      PPC_U64(0x600000000000)  /* PHB4, PHB5 */
#define PHB_RXE_MRG_ERR_AIB_FENCE_ENABLE_FIRMWARE   PPC_U64(0xfffffeffff7fff57)  /* PHB4, PHB5 */

#define PHB_RXE_TCE_ERR_IRQ_ENABLE_FIRMWARE         PPC_U64(0x60510050c0000000)  /* PHB4, PHB5 */
#define PHB_RXE_TCE_ERR_FREEZE_ENABLE_FIRMWARE      PPC_U64(0x60000000c0000000)  /* PHB4, PHB5 */
#define PHB_RXE_TCE_ERR_AIB_FENCE_ENABLE_FIRMWARE   PPC_U64(0x9faeffaf3fffffff)  /* PHB4, PHB5 */

#define PHB_PBL_ERR_INF_ENABLE_FIRMWARE             PPC_U64(0x4d1780f8)  /* PHB4, PHB5 */
#define PHB_PBL_ERR_ERC_ENABLE_FIRMWARE             PPC_U64(0x0)  /* PHB4, PHB5 */
#define PHB_PBL_ERR_FAT_ENABLE_FIRMWARE             PPC_U64(0xffffffffb2f87f07)  /* PHB4, PHB5 */

#define PHB_REGB_ERR_INF_ENABLE_FIRMWARE            PPC_U64(0x2130006efca8bc00)  /* PHB4, PHB5 */
#define PHB_REGB_ERR_ERC_ENABLE_FIRMWARE            PPC_U64(0x80000000000000)  /* PHB4, PHB5 */
#define PHB_REGB_ERR_FAT_ENABLE_FIRMWARE            PPC_U64(0xde1fff91035743ff)  /* PHB4, PHB5 */

/* OPAL: tokens, arguments, codes */
#define OPAL_SET_PE                                 31  /* token */
#define OPAL_MAP_PE_DMA_WINDOW                      44  /* token */
#define OPAL_MAP_PE_DMA_WINDOW_REAL                 45  /* token */
#define OPAL_TCE_KILL                               126  /* token */
#define OPAL_PHB_SET_OPTION                         179  /* token */
#define OPAL_PHB_GET_OPTION                         180  /* token */
#define OPAL_EEH_FREEZE_STATUS                      23  /* token */
#define OPAL_EEH_FREEZE_CLEAR                       26  /* token */
#define OPAL_PHB_MMIO_ENABLE                        27  /* token */
#define OPAL_SET_PHB_MEM_WINDOW                     28  /* token */
#define OPAL_MAP_PE_MMIO_WINDOW                     29  /* token */
#define OPAL_SET_PELTV                              32  /* token */
#define OPAL_SET_XIVE_PE                            37  /* token */
#define OPAL_GET_MSI_32                             39  /* token */
#define OPAL_GET_MSI_64                             40  /* token */
#define OPAL_PCI_RESET                              49  /* token */
#define OPAL_NEXT_ERROR                             60  /* token */
#define OPAL_PCI_POLL                               62  /* token */
#define OPAL_GET_PHB_DIAG_DATA2                     64  /* token */
#define OPAL_ERR_INJECT                             96  /* token */
#define OPAL_EEH_FREEZE_SET                         97  /* token */
#define OPAL_SET_P2P                                157  /* token */
#define OPAL_EEH_STATE_NONE                         0  /* of EEH_FREEZE_STATUS */
#define OPAL_EEH_STATE_MMIO                         1  /* MMIO frozen */
#define OPAL_EEH_STATE_DMA                          2  /* DMA stopped */
#define OPAL_EEH_STATE_BOTH                         3
#define OPAL_EEH_ACTION_MMIO                        1  /* of EEH_FREEZE_SET and EEH_FREEZE_CLEAR */
#define OPAL_EEH_ACTION_DMA                         2
#define OPAL_EEH_ACTION_ALL                         3
#define OPAL_EEH_TYPE_NONE                          0  /* type of NEXT_ERROR */
#define OPAL_EEH_TYPE_IOC                           1
#define OPAL_EEH_TYPE_PHB                           2
#define OPAL_EEH_TYPE_PE                            3
#define OPAL_EEH_TYPE_PE_MMIO                       4
#define OPAL_EEH_TYPE_PE_DMA                        5
#define OPAL_EEH_SEVERITY_NONE                      0  /* severity of NEXT_ERROR */
#define OPAL_EEH_SEVERITY_IOC_DEAD                  1
#define OPAL_EEH_SEVERITY_PHB_DEAD                  2
#define OPAL_EEH_SEVERITY_PHB_FENCED                3
#define OPAL_EEH_SEVERITY_PE                        4
#define OPAL_EEH_SEVERITY_INF                       5
#define OPAL_RESET_COMPLETE                         1  /* scope of PCI_RESET */
#define OPAL_RESET_LINK                             2  /* unsupported */
#define OPAL_RESET_ERROR                            3
#define OPAL_RESET_HOT                              4
#define OPAL_RESET_FUNDAMENTAL                      5
#define OPAL_RESET_IODA                             6  /* purges the tables */

#define OPAL_UNMAP_PE                               0  /* action of SET_PE */
#define OPAL_MAP_PE                                 1
#define OPAL_BUS_ANY                                0  /* bcmp of SET_PE: n of 1..7 compares n + 1 bits */
#define OPAL_BUS_ALL                                7
#define OPAL_TCE_KILL_PAGES                         0  /* type of TCE_KILL */
#define OPAL_TCE_KILL_PE                            1
#define OPAL_TCE_KILL_ALL                           2
#define OPAL_OPTION_TVE1_4GB                        1  /* option of PHB_SET_OPTION */
#define OPAL_OPTION_MMIO_EEH_DISABLE                2

#define OPAL_SUCCESS                                0
#define OPAL_PARAMETER                              (-1)
#define OPAL_BUSY                                   (-2)
#define OPAL_PARTIAL                                (-3)
#define OPAL_CLOSED                                 (-5)
#define OPAL_HARDWARE                               (-6)
#define OPAL_UNSUPPORTED                            (-7)
#define OPAL_RESOURCE                               (-10)
#define OPAL_BUSY_EVENT                             (-12)
#define OPAL_WRONG_STATE                            (-14)

/* Hypercalls and RTAS: tokens, codes */
#define H_GET_TCE                                   0x1c  /* LIOBN IOBA */
#define H_PUT_TCE                                   0x20  /* LIOBN IOBA TCE */
#define H_MIGRATE_DMA                               0x78  /* NEWPAGE LIST LENGTH */
#define H_STUFF_TCE                                 0x138  /* LIOBN IOBA TCE COUNT */
#define H_PUT_TCE_INDIRECT                          0x13c  /* LIOBN IOBA LIST COUNT */
#define H_RTAS                                      0xf000  /* BUFFER */

#define H_SUCCESS                                   0
#define H_BUSY                                      1
#define H_PARTIAL                                   5
#define H_LONG_BUSY_ORDER_1_MSEC                    9900
#define H_LONG_BUSY_ORDER_10_MSEC                   9901
#define H_LONG_BUSY_ORDER_100_MSEC                  9902
#define H_LONG_BUSY_ORDER_1_SEC                     9903
#define H_LONG_BUSY_ORDER_10_SEC                    9904
#define H_LONG_BUSY_ORDER_100_SEC                   9905
#define H_TOO_HARD                                  9999
#define H_HARDWARE                                  (-1)
#define H_FUNCTION                                  (-2)
#define H_PRIVILEGE                                 (-3)
#define H_PARAMETER                                 (-4)
#define H_PERMISSION                                (-11)
#define H_RESOURCE                                  (-16)
#define H_NOT_ENOUGH_RESOURCES                      (-44)
#define H_RESCINDED                                 (-46)
#define H_ABORTED                                   (-54)
#define H_P2                                        (-55)
#define H_P3                                        (-56)
#define H_P4                                        (-57)

#define RTAS_QUERY_PE_DMA_WINDOW                    0x2026  /* config_addr BUID_hi BUID_lo */
#define RTAS_CREATE_PE_DMA_WINDOW                   0x2027  /* config_addr BUID_hi BUID_lo page_shift window_shift */
#define RTAS_REMOVE_PE_DMA_WINDOW                   0x2028  /* LIOBN */
#define RTAS_RESET_PE_DMA_WINDOWS                   0x2029  /* config_addr BUID_hi BUID_lo [limited] */

#define RTAS_SUCCESS                                0
#define RTAS_HARDWARE                               (-1)
#define RTAS_BUSY                                   (-2)
#define RTAS_PARAMETER                              (-3)
#define RTAS_NOT_AUTHORIZED                         (-9002)
#define RTAS_EXTENDED_DELAY                         9900  /* + n: about 10^n ms */

#define RTAS_PAGE_SHIFT_12                          0x1
#define RTAS_PAGE_SHIFT_16                          0x2
#define RTAS_PAGE_SHIFT_24                          0x4
#define RTAS_PAGE_SHIFT_25                          0x8
#define RTAS_PAGE_SHIFT_26                          0x10
#define RTAS_PAGE_SHIFT_27                          0x20
#define RTAS_PAGE_SHIFT_28                          0x40
#define RTAS_PAGE_SHIFT_34                          0x80
#define RTAS_PAGE_SHIFT_21                          0x100

#endif

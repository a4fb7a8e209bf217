/* SPDX-License-Identifier: Apache-2.0 */
/* The registers around the host bridge that SCOM reaches. Generated, do not edit:
   phbsim registers --format c-header --table scom > firmware-stubs/include/pec_registers.h */
#ifndef PEC_REGISTERS_H
#define PEC_REGISTERS_H

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

/* SCOM addresses from the base of their unit. PHB3 stands for POWER8, PHB4 for POWER9, PHB5 for
   POWER10. */

/* Bases of the units */
#define POWER8_PECS                                 4
#define POWER8_BAR_SHIFT                            14  /* a BAR's value is the address shifted left */
#define POWER8_PEC0_STACKS                          1
#define POWER8_PEC0_NEST                            0x2012000
#define POWER8_PEC0_NEST_STACK0                     0x2012000
#define POWER8_PEC0_PCI                             0x9012000
#define POWER8_PEC0_PCI_STACK0                      0x9012000
#define POWER8_PEC0_ETU0                            0x9013c00
#define POWER8_PEC1_STACKS                          1
#define POWER8_PEC1_NEST                            0x2012400
#define POWER8_PEC1_NEST_STACK0                     0x2012400
#define POWER8_PEC1_PCI                             0x9012400
#define POWER8_PEC1_PCI_STACK0                      0x9012400
#define POWER8_PEC1_ETU0                            0x9013c40
#define POWER8_PEC2_STACKS                          1
#define POWER8_PEC2_NEST                            0x2012800
#define POWER8_PEC2_NEST_STACK0                     0x2012800
#define POWER8_PEC2_PCI                             0x9012800
#define POWER8_PEC2_PCI_STACK0                      0x9012800
#define POWER8_PEC2_ETU0                            0x9013c80
#define POWER8_PEC3_STACKS                          1
#define POWER8_PEC3_NEST                            0x2012c00
#define POWER8_PEC3_NEST_STACK0                     0x2012c00
#define POWER8_PEC3_PCI                             0x9012c00
#define POWER8_PEC3_PCI_STACK0                      0x9012c00
#define POWER8_PEC3_ETU0                            0x9013cc0

#define POWER9_PECS                                 3
#define POWER9_BAR_SHIFT                            8  /* a BAR's value is the address shifted left */
#define POWER9_PEC0_STACKS                          1
#define POWER9_PEC0_NEST                            0x4010c00
#define POWER9_PEC0_NEST_STACK0                     0x4010c40
#define POWER9_PEC0_PCI                             0xd010800
#define POWER9_PEC0_PCI_STACK0                      0xd010840
#define POWER9_PEC0_ETU0                            0xd010900
#define POWER9_PEC0_CHIPLET                         0xd000009
#define POWER9_PEC1_STACKS                          2
#define POWER9_PEC1_NEST                            0x4011000
#define POWER9_PEC1_NEST_STACK0                     0x4011040
#define POWER9_PEC1_PCI                             0xe010800
#define POWER9_PEC1_PCI_STACK0                      0xe010840
#define POWER9_PEC1_ETU0                            0xe010900
#define POWER9_PEC1_CHIPLET                         0xe000009
#define POWER9_PEC2_STACKS                          3
#define POWER9_PEC2_NEST                            0x4011400
#define POWER9_PEC2_NEST_STACK0                     0x4011440
#define POWER9_PEC2_PCI                             0xf010800
#define POWER9_PEC2_PCI_STACK0                      0xf010840
#define POWER9_PEC2_ETU0                            0xf010900
#define POWER9_PEC2_CHIPLET                         0xf000009

#define POWER10_PECS                                2
#define POWER10_BAR_SHIFT                           8  /* a BAR's value is the address shifted left */
#define POWER10_PEC0_STACKS                         3
#define POWER10_PEC0_NEST                           0x3011800
#define POWER10_PEC0_NEST_STACK0                    0x3011840
#define POWER10_PEC0_PCI                            0x8010800
#define POWER10_PEC0_PCI_STACK0                     0x8010840
#define POWER10_PEC0_ETU0                           0x8010900
#define POWER10_PEC0_CHIPLET                        0x8000009
#define POWER10_PEC1_STACKS                         3
#define POWER10_PEC1_NEST                           0x2011800
#define POWER10_PEC1_NEST_STACK0                    0x2011840
#define POWER10_PEC1_PCI                            0x9010800
#define POWER10_PEC1_PCI_STACK0                     0x9010840
#define POWER10_PEC1_ETU0                           0x9010900
#define POWER10_PEC1_CHIPLET                        0x9000009

#define PEC_STACK_STRIDE                            0x40  /* from a stack's base, or a PHB's, to the next */
#define PEC_LANES_X16                               0  /* in CONF1_LANE_CFG */
#define PEC_LANES_X8_X8                             1
#define PEC_LANES_X8_X4_X4                          2

/* PEC: nest side */
#define PEC_NEST_PBCQ_HW_CONFIG                     0x0  /* PHB4, PHB5: of the PowerBus side */
#define PEC_NEST_PBCQ_HW_CONFIG_HANG_SCALE          PPC_BITMASK(0, 3)  /* PHB4, PHB5 */
#define PEC_NEST_PBCQ_HW_CONFIG_DATA_SCALE          PPC_BITMASK(4, 7)  /* PHB4, PHB5 */
#define PEC_NEST_PBCQ_HW_CONFIG_PE_SCALE            PPC_BITMASK(8, 11)  /* PHB4, PHB5 */
#define PEC_NEST_PBCQ_HW_CONFIG_PBINIT              PPC_BIT(12)  /* PHB4, PHB5 */
#define PEC_NEST_PBCQ_HW_CONFIG_DIS_OOO_STORE       PPC_BIT(22)  /* PHB4, PHB5 */
#define PEC_NEST_PBCQ_HW_CONFIG_CHANNEL_STREAMING   PPC_BIT(33)  /* PHB4, PHB5 */
#define PEC_NEST_PBCQ_HW_CONFIG_CACHE_INJECT_MODE   PPC_BITMASK(34, 35)  /* PHB4, PHB5 */
#define PEC_NEST_PBCQ_HW_CONFIG_CACHE_INJECT_RATE   PPC_BITMASK(46, 48)  /* PHB4, PHB5 */
#define PEC_NEST_PBCQ_HW_CONFIG_DIS_NODAL           PPC_BIT(50)  /* PHB4, PHB5 */
#define PEC_NEST_PBCQ_HW_CONFIG_DIS_RNNN            PPC_BIT(52)  /* PHB4, PHB5 */
#define PEC_NEST_PBCQ_HW_CONFIG_DIS_TCE_ARBITRATION PPC_BIT(60)  /* PHB4, PHB5 */

#define PEC_NEST_DROP_PRIO_CONTROL                  0x1  /* PHB4, PHB5: storage */

#define PEC_NEST_PBCQ_ERR_INJECT                    0x2  /* PHB4, PHB5: storage */

#define PEC_NEST_PCI_NEST_TRACE_CONTROL             0x3  /* PHB4, PHB5: storage */

#define PEC_NEST_PBCQ_PMON_CONTROL                  0x4  /* PHB4, PHB5: storage */

#define PEC_NEST_PBCQ_ADDR_EXT                      0x5  /* PHB4, PHB5: storage */

#define PEC_NEST_PRED_VEC_TIMEOUT                   0x6  /* PHB4, PHB5: storage */

#define PEC_NEST_CAPP_CNTL                          0x7  /* PHB4, PHB5: storage */

#define PEC_NEST_READ_STACK_OVERRIDE                0x8  /* PHB4, PHB5: read engines of the stacks */

#define PEC_NEST_WRITE_STACK_OVERRIDE               0x9  /* PHB4, PHB5: storage */

#define PEC_NEST_PBCQ_ERR_INJECT_PHB3               0xa  /* PHB3: storage */
#define PEC_NEST_STORE_STACK_OVERRIDE               0xa  /* PHB4, PHB5: storage */

#define PEC_NEST_PBCQ_RETRY_BACKOFF                 0xb  /* PHB4, PHB5: storage */
#define PEC_NEST_PBCQ_MODE                          0xb  /* PHB3: storage */

#define PEC_NEST_PBCQ_HW_CONFIG_PHB3                0x18  /* PHB3: of the PowerBus side */

#define PEC_NEST_PBCQ_HW_CONFIG1                    0x19  /* PHB3: storage */

#define PEC_NEST_IRSN_COMPARE                       0x1a  /* PHB3: interrupt sources taken */

#define PEC_NEST_IRSN_MASK                          0x1b  /* PHB3: of the comparison */

#define PEC_NEST_LSI_SRC_ID                         0x1f  /* PHB3: where LSIs lie */

/* PEC: nest side of a stack */
#define PEC_NEST_STACK_NFIR                         0x0  /* errors of the nest side */
#define PEC_NEST_STACK_NFIR_BAR_PARITY              PPC_BIT(0)  /* PHB4, PHB5 */
#define PEC_NEST_STACK_NFIR_NON_BAR_PARITY          PPC_BIT(1)  /* PHB4, PHB5 */
#define PEC_NEST_STACK_NFIR_PB_DATA_CE              PPC_BIT(2)  /* PHB4, PHB5 */
#define PEC_NEST_STACK_NFIR_PB_DATA_UE              PPC_BIT(3)  /* PHB4, PHB5 */
#define PEC_NEST_STACK_NFIR_PB_DATA_SUE             PPC_BIT(4)  /* PHB4, PHB5 */
#define PEC_NEST_STACK_NFIR_ARRAY                   PPC_BITMASK(5, 7)  /* PHB4, PHB5 */
#define PEC_NEST_STACK_NFIR_REGFILE                 PPC_BIT(8)  /* PHB4, PHB5 */
#define PEC_NEST_STACK_NFIR_PB_INTERFACE            PPC_BIT(9)  /* PHB4, PHB5 */
#define PEC_NEST_STACK_NFIR_PB_HANG                 PPC_BITMASK(10, 11)  /* PHB4, PHB5 */
#define PEC_NEST_STACK_NFIR_READ_ARE                PPC_BIT(12)  /* PHB4, PHB5 */
#define PEC_NEST_STACK_NFIR_NON_READ_ARE            PPC_BIT(13)  /* PHB4, PHB5 */
#define PEC_NEST_STACK_NFIR_PCI_HANG                PPC_BIT(14)  /* PHB4, PHB5 */
#define PEC_NEST_STACK_NFIR_PCI_CLOCK               PPC_BIT(15)  /* PHB4, PHB5 */
#define PEC_NEST_STACK_NFIR_PFIR_FREEZE             PPC_BIT(16)  /* PHB4, PHB5 */
#define PEC_NEST_STACK_NFIR_HW                      PPC_BIT(17)  /* PHB4, PHB5 */
#define PEC_NEST_STACK_NFIR_UNEXPECTED              PPC_BITMASK(18, 20)  /* PHB4, PHB5 */
#define PEC_NEST_STACK_NFIR_UNSUPPORTED_SIZE        PPC_BIT(21)  /* PHB4, PHB5 */
#define PEC_NEST_STACK_NFIR_CAPP                    PPC_BIT(24)  /* PHB4, PHB5 */
#define PEC_NEST_STACK_NFIR_FORCE_FENCE             PPC_BIT(26)

#define PEC_NEST_STACK_NFIR_CLR                     0x1  /* and-ed into NFIR */

#define PEC_NEST_STACK_NFIR_SET                     0x2  /* or-ed into NFIR */

#define PEC_NEST_STACK_NFIR_MASK                    0x3  /* errors without effect */

#define PEC_NEST_STACK_NFIR_MASK_CLR                0x4  /* and-ed into NFIR_MASK */

#define PEC_NEST_STACK_NFIR_MASK_SET                0x5  /* or-ed into NFIR_MASK */

#define PEC_NEST_STACK_NFIR_ACTION0                 0x6  /* with NFIR_ACTION1: 11 fences [I] */

#define PEC_NEST_STACK_NFIR_ACTION1                 0x7  /* see NFIR_ACTION0 */

#define PEC_NEST_STACK_NFIR_WOF                     0x8  /* the first errors [MA when] */

#define PEC_NEST_STACK_ERR_REPORT0                  0xa  /* PHB4, PHB5: details of NFIR */

#define PEC_NEST_STACK_ERR_REPORT1                  0xb  /* PHB4, PHB5: details of NFIR */

#define PEC_NEST_STACK_PBCQ_STAT                    0xc  /* PHB4, PHB5: transactions are pending */
#define PEC_NEST_STACK_PBCQ_STAT_PENDING            PPC_BITMASK(0, 1)

#define PEC_NEST_STACK_PBCQ_MODE                    0xd  /* PHB4, PHB5: peer to peer in bit 0 */
#define PEC_NEST_STACK_PBCQ_MODE_P2P                PPC_BIT(0)  /* PHB4, PHB5 */

#define PEC_NEST_STACK_MMIO_BAR0                    0xe  /* PHB4, PHB5: address << 8 */

#define PEC_NEST_STACK_PBCQ_STAT_PHB3               0xf  /* PHB3: transactions are pending */
#define PEC_NEST_STACK_MMIO_BAR0_MASK               0xf  /* PHB4, PHB5: mask << 8 */

#define PEC_NEST_STACK_MMIO_BAR1                    0x10  /* PHB4, PHB5: address << 8 */

#define PEC_NEST_STACK_MMIO_BAR1_MASK               0x11  /* PHB4, PHB5: mask << 8 */

#define PEC_NEST_STACK_PHB_REG_BAR                  0x12  /* PHB4, PHB5: address << 8 */

#define PEC_NEST_STACK_INT_BAR                      0x13  /* PHB4, PHB5: address << 8 */

#define PEC_NEST_STACK_BAR_EN                       0x14  /* PHB4, PHB5: BARs that answer */
#define PEC_NEST_STACK_BAR_EN_MMIO0                 PPC_BIT(0)
#define PEC_NEST_STACK_BAR_EN_MMIO1                 PPC_BIT(1)
#define PEC_NEST_STACK_BAR_EN_PHB                   PPC_BIT(2)
#define PEC_NEST_STACK_BAR_EN_INT                   PPC_BIT(3)  /* PHB4, PHB5 */

#define PEC_NEST_STACK_DATA_FREEZE_TYPE             0x15  /* PHB4, PHB5: storage */

#define PEC_NEST_STACK_TUNNEL_BAR                   0x16  /* PHB4: storage */
#define PEC_NEST_STACK_SPARSE_PAGE                  0x16  /* PHB5: storage */

#define PEC_NEST_STACK_CACHE_INJECT                 0x17  /* PHB5: storage */

#define PEC_NEST_STACK_ERR_REPORT0_PHB3             0x1c  /* PHB3: details of NFIR */

#define PEC_NEST_STACK_ERR_REPORT1_PHB3             0x1d  /* PHB3: details of NFIR */

#define PEC_NEST_STACK_ERR_REPORT2                  0x1e  /* PHB3: details of NFIR */

#define PEC_NEST_STACK_MMIO_BAR0_PHB3               0x40  /* PHB3: address << 14 */

#define PEC_NEST_STACK_MMIO_BAR1_PHB3               0x41  /* PHB3: address << 14 */

#define PEC_NEST_STACK_PHB_REG_BAR_PHB3             0x42  /* PHB3: address << 14 */

#define PEC_NEST_STACK_MMIO_BAR0_MASK_PHB3          0x43  /* PHB3: mask << 14 */

#define PEC_NEST_STACK_MMIO_BAR1_MASK_PHB3          0x44  /* PHB3: mask << 14 */

#define PEC_NEST_STACK_BAR_EN_PHB3                  0x45  /* PHB3: BARs that answer */
#define PEC_NEST_STACK_BAR_EN_IRSN_RX               PPC_BIT(3)  /* PHB3 */
#define PEC_NEST_STACK_BAR_EN_IRSN_TX               PPC_BIT(4)  /* PHB3 */

/* PEC: PCI side */
#define PEC_PCI_PBAIB_HW_CONFIG                     0x0  /* PHB4, PHB5: of the PHB side */
#define PEC_PCI_PBAIB_HW_CONFIG_TRACE               PPC_BIT(30)  /* PHB4, PHB5 */
#define PEC_PCI_PBAIB_HW_CONFIG_CREDIT_WAIT         PPC_BITMASK(40, 42)  /* PHB4, PHB5 */

#define PEC_PCI_CAPP_SEC_BAR                        0x1  /* PHB4, PHB5: storage */

#define PEC_PCI_READ_STACK_OVERRIDE                 0x2  /* PHB4, PHB5: read engines of the stacks */

/* PEC: PCI side of a stack */
#define PEC_PCI_STACK_PFIR                          0x0  /* PHB4, PHB5: errors of the PCI side */
#define PEC_PCI_STACK_PFIR_REGISTER_PARITY          PPC_BIT(0)  /* PHB4, PHB5 */
#define PEC_PCI_STACK_PFIR_HW                       PPC_BIT(1)  /* PHB4, PHB5 */
#define PEC_PCI_STACK_PFIR_AIB                      PPC_BIT(2)  /* PHB4, PHB5 */
#define PEC_PCI_STACK_PFIR_ETU_RESET_ACCESS         PPC_BIT(3)  /* PHB4, PHB5 */
#define PEC_PCI_STACK_PFIR_SCOM                     PPC_BIT(4)  /* PHB4, PHB5 */

#define PEC_PCI_STACK_PFIR_CLR                      0x1  /* PHB4, PHB5: and-ed into PFIR */

#define PEC_PCI_STACK_PFIR_SET                      0x2  /* PHB4, PHB5: or-ed into PFIR */

#define PEC_PCI_STACK_PFIR_MASK                     0x3  /* PHB4, PHB5: errors without effect */

#define PEC_PCI_STACK_PFIR_MASK_CLR                 0x4  /* PHB4, PHB5: and-ed into PFIR_MASK */

#define PEC_PCI_STACK_PFIR_MASK_SET                 0x5  /* PHB4, PHB5: or-ed into PFIR_MASK */

#define PEC_PCI_STACK_PFIR_ACTION0                  0x6  /* PHB4, PHB5: with PFIR_ACTION1: 11 sets NFIR bit 16 [I] */

#define PEC_PCI_STACK_PFIR_ACTION1                  0x7  /* PHB4, PHB5: see PFIR_ACTION0 */

#define PEC_PCI_STACK_PFIR_WOF                      0x8  /* PHB4, PHB5: the first errors [MA when] */

#define PEC_PCI_STACK_ETU_RESET                     0xa  /* bit 0: the PHB is in reset */
#define PEC_PCI_STACK_ETU_RESET_RESET               PPC_BIT(0)

#define PEC_PCI_STACK_PBAIB_ERR_REPORT              0xb  /* PHB4, PHB5: details of PFIR */
#define PEC_PCI_STACK_BAR2                          0xb  /* PHB3: must equal PHB_REG_BAR */

#define PEC_PCI_STACK_PBAIB_TX_CMD_CREDITS          0xd  /* storage */

#define PEC_PCI_STACK_PBAIB_TX_DATA_CREDITS         0xe  /* PHB4, PHB5: storage */

/* PHB by SCOM */
#define ETU_SCOM_HV_IND_ADDRESS                     0x0  /* PHB4, PHB5: register that HV_IND_DATA reaches */
#define ETU_SCOM_ASB_ADDRESS                        0x0  /* PHB3: register that ASB_DATA reaches */
#define ETU_SCOM_HV_IND_ADDRESS_VALID               PPC_BIT(0)  /* PHB4, PHB5 */
#define ETU_SCOM_HV_IND_ADDRESS_4B                  PPC_BIT(1)  /* PHB4, PHB5 */
#define ETU_SCOM_HV_IND_ADDRESS_AUTOINC             PPC_BIT(2)  /* PHB4, PHB5 */
#define ETU_SCOM_HV_IND_ADDRESS_OFFSET              PPC_BITMASK(51, 63)  /* PHB4, PHB5 */

#define ETU_SCOM_HV_IND_DATA                        0x1  /* PHB4, PHB5: that register, also while fenced */
#define ETU_SCOM_ASB_STATUS                         0x1  /* PHB3: reads 0 */

#define ETU_SCOM_ASB_DATA                           0x2  /* PHB3: that register, also while fenced */

#define ETU_SCOM_AIB_CAPP_ENABLE                    0x3  /* PHB3: storage */
#define ETU_SCOM_AIB_CAPP_ENABLE_ENABLE             PPC_BIT(0)  /* PHB3 */

#define ETU_SCOM_LEM_FIR                            0x8  /* PHB4, PHB5: the PHB's 0xC00 */

#define ETU_SCOM_LEM_FIR_CLR                        0x9  /* PHB4, PHB5: the PHB's 0xC08 */

#define ETU_SCOM_LEM_FIR_SET                        0xa  /* PHB4, PHB5: the PHB's 0xC10 */

#define ETU_SCOM_LEM_MASK                           0xb  /* PHB4, PHB5: the PHB's 0xC18 */

#define ETU_SCOM_LEM_MASK_CLR                       0xc  /* PHB4, PHB5: the PHB's 0xC20 */

#define ETU_SCOM_LEM_MASK_SET                       0xd  /* PHB4, PHB5: the PHB's 0xC28 */

#define ETU_SCOM_LEM_ACTION0                        0xe  /* PHB4, PHB5: the PHB's 0xC30 */

#define ETU_SCOM_LEM_ACTION1                        0xf  /* PHB4, PHB5: the PHB's 0xC38 */

#define ETU_SCOM_LEM_WOF                            0x10  /* PHB4, PHB5: the PHB's 0xC40 */

#define ETU_SCOM_PMON_CONFIG                        0x17  /* PHB4, PHB5: the PHB's 0xF88 */

#define ETU_SCOM_PMON_CTR0                          0x18  /* PHB4, PHB5: the PHB's 0xF90 */

#define ETU_SCOM_PMON_CTR1                          0x19  /* PHB4, PHB5: the PHB's 0xF98 */

#define ETU_SCOM_PMON_CTR2                          0x1a  /* PHB4, PHB5: the PHB's 0xFA0 */

#define ETU_SCOM_PMON_CTR3                          0x1b  /* PHB4, PHB5: the PHB's 0xFA8 */

/* PCI chiplet */
#define PEC_CHIPLET_CONF1                           0x0  /* PHB4, PHB5: lanes of the stacks; strapped */
#define PEC_CHIPLET_CONF1_IOVALID                   PPC_BITMASK(4, 6)  /* PHB4 */
#define PEC_CHIPLET_CONF1_LANE_CFG_PHB4             PPC_BITMASK(10, 11)  /* PHB4 */
#define PEC_CHIPLET_CONF1_LANE_CFG                  PPC_BITMASK(0, 1)  /* PHB5 */

#endif

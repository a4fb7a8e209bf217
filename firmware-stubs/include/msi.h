/* SPDX-License-Identifier: Apache-2.0 */
/* Message interrupts: whose source is which PE's, and what a device has to send (phb.md 1.5, 4.4, 5.9). */
#ifndef MSI_H
#define MSI_H

#include "phb.h"

/* Sources below the LSIs are for messages. OPAL codes. */
int64_t msi_set_pe(struct phb *phb, unsigned pe, unsigned source);
int64_t msi_message32(struct phb *phb, unsigned pe, unsigned source, unsigned range, uint32_t *address, uint32_t *data);
int64_t msi_message64(struct phb *phb, unsigned pe, unsigned source, unsigned range, uint64_t *address, uint32_t *data);

/* Whether the source has fired since its PE was set: in the mailbox, or in the IVE. Only if there is no interrupt
 * controller. */
bool msi_fired(struct phb *phb, unsigned source);

#endif

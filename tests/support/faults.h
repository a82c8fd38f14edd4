/* faults.h: failing the n-th allocation, ours and libcrypto's alike, and counting what has not
 * been given back. */
#ifndef SUPPORT_FAULTS_H
#define SUPPORT_FAULTS_H

#include <tacit/error.h>

/* What fails: nothing, the n-th call alone, or that one and all after it. */
enum fault_mode { FAULT_NONE, FAULT_ONE, FAULT_FROM };

/* faults_install puts libcrypto's allocations under control: the first thing that a program does,
 * since libcrypto takes it only before its first allocation. */
void faults_install(void);

/* faults_hooks are the options of an environment whose allocations and time are under control
 * (TEST_NOW's day). */
tacit_env_options faults_hooks(void);

/* faults_arm begins to count calls, and fails them as `mode` says; faults_disarm ends that, and
 * says how many calls there were. */
void faults_arm(enum fault_mode mode, unsigned nth);
unsigned faults_disarm(void);

/* struct usage is what is lent now. libcrypto's blocks include its caches. */
struct usage {
    size_t blocks, bytes, peak; /* by the hooks */
    size_t libcrypto_blocks;
};

struct usage faults_usage(void);

/* faults_lacked: does an error say that this side lacked something, and blame nobody for it?
 * faults_told: is it none, or what the peer of such a side is told? */
bool faults_lacked(const tacit_error *error);
bool faults_told(const tacit_error *error);

/* faults_settle ends what libcrypto keeps for a thread: its errors and its generators. */
void faults_settle(void);

#endif

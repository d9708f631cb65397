/* SPDX-License-Identifier: MIT */
/*
 * What a compiler must know about akt's declarations: visibility and checked format strings.
 * Holds macros only; every other public header includes it.
 */
#ifndef AKT_EXPORT_H
#define AKT_EXPORT_H

#define AKT_VERSION_MAJOR 0
#define AKT_VERSION_MINOR 1
#define AKT_VERSION_PATCH 0

#if defined(__GNUC__)
#define AKT_API __attribute__((visibility("default")))
#define AKT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define AKT_MUST_CHECK __attribute__((warn_unused_result))
#define AKT_NORETURN __attribute__((noreturn))
#else
#define AKT_API
#define AKT_PRINTF(fmt, args)
#define AKT_MUST_CHECK
#define AKT_NORETURN
#endif

#endif

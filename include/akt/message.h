/* SPDX-License-Identifier: MIT */
/*
 * Messages: a C struct with a name and numbered fields.
 *
 *	struct greet { char name[32]; };
 *	AKT_MESSAGE_DEFINE(greet, "demo.greet", AKT_FIELD(1, greet, name));
 *
 *	akt_post(sys, ref, AKT_NEW(greet, .name = "Ada"));
 *
 * The name is what logs, profiles, metrics and peers see. A field's number is its identity on the
 * wire, for ever. One definition serves a whole program: AKT_MESSAGE_DECLARE(greet) in a header,
 * AKT_MESSAGE_DEFINE in one .c file; the address of the definition is the type's identity.
 *
 * Who owns what, when:
 *
 *	a message from AKT_NEW, akt_msg_new        you, until it is sent or freed
 *	after any send, post, ask, call, reply,    the runtime, whatever is returned: a send always
 *	  forward                                  consumes, and a NULL message is AKT_ERR_NOMEM or
 *	                                           AKT_ERR_OVERLOAD (akt_msg_null_error)
 *	the message in a handler                   borrowed until the handler returns;
 *	                                           akt_msg_take makes it yours
 *	a payload pointer                          lives as long as its message; constant after send
 *	the object in a message (object.h)         the message; it is dropped when that ends
 *	actor state                                the runtime: zeroed at birth and at restart
 *	akt_ctx *                                  the current call only
 *	akt_ref                                    a value
 */
#ifndef AKT_MESSAGE_H
#define AKT_MESSAGE_H

#include <akt/error.h>
#include <akt/ref.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct akt_msg akt_msg;
typedef struct akt_msg_type akt_msg_type;
typedef struct akt_codec akt_codec;

/* How a message begins; the payload follows. The layout is part of the ABI, so that payloads are
 * read and filled without a call; the fields are the runtime's own. */
struct akt_msg_head {
	void *link;
	const akt_msg_type *type;
	uint64_t runtime[3];
};

/* Largest payload of one message in bytes; larger data travels in pieces. */
#define AKT_MSG_MAX_BYTES ((size_t)64 * 1024 * 1024)

/* How a field is kept in the struct. */
enum akt_kind {
	AKT_KIND_OPAQUE = 0, /* copied byte by byte; never leaves the node */
	AKT_KIND_BOOL = 1,
	AKT_KIND_INT = 2,    /* signed, of field->size bytes */
	AKT_KIND_UINT = 3,   /* unsigned, of field->size bytes */
	AKT_KIND_FLOAT = 4,  /* float or double by size */
	AKT_KIND_STRING = 5, /* char array, NUL-terminated */
	AKT_KIND_BYTES = 6,  /* unsigned char array */
	AKT_KIND_REF = 7,    /* akt_ref */
};

typedef struct akt_field {
	const char *name;
	uint32_t number; /* on the wire, for ever; 1 and up */
	uint32_t offset; /* in the struct, bytes */
	uint32_t size;   /* bytes */
	enum akt_kind kind;
} akt_field;

struct akt_msg_type {
	const char *name; /* "package.message" */
	uint32_t size;    /* of the struct, bytes; 0 for a signal, an object, bytes of any length */
	uint32_t field_count;
	const akt_field *fields;
	const akt_codec *codec; /* of a type that carries objects (object.h); else NULL */
};

/* The descriptor of a message type by its struct tag. */
#define AKT_TYPE_OF(tag) (&akt_message_##tag)

/* For a header that several files include. */
#define AKT_MESSAGE_DECLARE(tag) extern const akt_msg_type akt_message_##tag

/* AKT_MESSAGE_DEFINE(tag, "name", fields...): struct tag must be complete. Alignment of the struct
 * is at most 8 bytes. In C and C++. */
#define AKT_MESSAGE_DEFINE(tag, type_name, ...)                                                    \
	extern const akt_msg_type akt_message_##tag;                                               \
	static const akt_field akt_fields_##tag[] = { __VA_ARGS__ };                               \
	AKT_STATIC_ASSERT(AKT_ALIGNOF(struct tag) <= 8, "message alignment is at most 8");         \
	const akt_msg_type akt_message_##tag = { type_name, sizeof(struct tag),                    \
						 (uint32_t)(sizeof(akt_fields_##tag) /             \
							    sizeof(akt_fields_##tag[0])),          \
						 akt_fields_##tag, NULL }

/* A message that says only that something happened: no struct, no fields. */
#define AKT_SIGNAL_DEFINE(tag, type_name)                                                          \
	extern const akt_msg_type akt_message_##tag;                                               \
	const akt_msg_type akt_message_##tag = { type_name, 0, 0, NULL, NULL }

/* One row of a field table: number on the wire, struct tag, member. */
#define AKT_FIELD(number, tag, member)                                                             \
	{                                                                                          \
#member, number, (uint32_t)offsetof(struct tag, member),                           \
			(uint32_t)sizeof(((struct tag *)0)->member), AKT_KIND_OF(tag, member)      \
	}

#ifdef __cplusplus
}
extern "C++" {
template <class T, bool is_enum> struct akt_kind_of_other {
	static const akt_kind value = AKT_KIND_OPAQUE;
};
template <class T> struct akt_kind_of_other<T, true> {
	static const akt_kind value =
		static_cast<__underlying_type(T)>(-1) < static_cast<__underlying_type(T)>(0)
			? AKT_KIND_INT
			: AKT_KIND_UINT;
};
template <class T> struct akt_kind_of {
	static const akt_kind value = akt_kind_of_other<T, __is_enum(T)>::value;
};
#define AKT_KIND_CXX(type, kind)                                                                   \
	template <> struct akt_kind_of<type> {                                                     \
		static const akt_kind value = kind;                                                \
	};
AKT_KIND_CXX(bool, AKT_KIND_BOOL)
AKT_KIND_CXX(char, AKT_KIND_INT)
AKT_KIND_CXX(signed char, AKT_KIND_INT)
AKT_KIND_CXX(short, AKT_KIND_INT)
AKT_KIND_CXX(int, AKT_KIND_INT)
AKT_KIND_CXX(long, AKT_KIND_INT)
AKT_KIND_CXX(long long, AKT_KIND_INT)
AKT_KIND_CXX(unsigned char, AKT_KIND_UINT)
AKT_KIND_CXX(unsigned short, AKT_KIND_UINT)
AKT_KIND_CXX(unsigned int, AKT_KIND_UINT)
AKT_KIND_CXX(unsigned long, AKT_KIND_UINT)
AKT_KIND_CXX(unsigned long long, AKT_KIND_UINT)
AKT_KIND_CXX(float, AKT_KIND_FLOAT)
AKT_KIND_CXX(double, AKT_KIND_FLOAT)
AKT_KIND_CXX(akt_ref, AKT_KIND_REF)
#undef AKT_KIND_CXX
template <size_t N> struct akt_kind_of<char[N]> {
	static const akt_kind value = AKT_KIND_STRING;
};
template <size_t N> struct akt_kind_of<unsigned char[N]> {
	static const akt_kind value = AKT_KIND_BYTES;
};
}
#define AKT_KIND_OF(tag, member) akt_kind_of<decltype(((struct tag *)0)->member)>::value
#define AKT_STATIC_ASSERT(condition, text) static_assert(condition, text)
#define AKT_ALIGNOF(type) alignof(type)
extern "C" {
#else
/* In _Generic an array becomes a pointer: which of the two it was, its address tells. */
#define AKT_KIND_OF(tag, member)                                                                   \
	_Generic(&((struct tag *)0)->member, char **                                               \
		 : AKT_KIND_OPAQUE, unsigned char **                                               \
		 : AKT_KIND_OPAQUE, default                                                        \
		 : AKT_KIND_OF_VALUE(((struct tag *)0)->member))
#define AKT_KIND_OF_VALUE(value)                                                                   \
	_Generic((value), _Bool                                                                    \
		 : AKT_KIND_BOOL, char                                                             \
		 : AKT_KIND_INT, signed char                                                       \
		 : AKT_KIND_INT, short                                                             \
		 : AKT_KIND_INT, int                                                               \
		 : AKT_KIND_INT, long                                                              \
		 : AKT_KIND_INT, long long                                                         \
		 : AKT_KIND_INT, unsigned char                                                     \
		 : AKT_KIND_UINT, unsigned short                                                   \
		 : AKT_KIND_UINT, unsigned int                                                     \
		 : AKT_KIND_UINT, unsigned long                                                    \
		 : AKT_KIND_UINT, unsigned long long                                               \
		 : AKT_KIND_UINT, float                                                            \
		 : AKT_KIND_FLOAT, double                                                          \
		 : AKT_KIND_FLOAT, char *                                                          \
		 : AKT_KIND_STRING, unsigned char *                                                \
		 : AKT_KIND_BYTES, akt_ref                                                         \
		 : AKT_KIND_REF, default                                                           \
		 : AKT_KIND_OPAQUE)
#define AKT_STATIC_ASSERT(condition, text) _Static_assert(condition, text)
#define AKT_ALIGNOF(type) _Alignof(type)
#endif

/* A message built in place: AKT_NEW(greet, .name = "Ada"). Members not named are zero.
 * NULL when memory is out, which every send reports as AKT_ERR_NOMEM, and when the memory budget is
 * used up (options.memory_max), which it reports as AKT_ERR_OVERLOAD: one check suffices.
 * C++17 has no such literals: there, AKT_NEW_FROM(greet, value) with a struct you filled. */
#ifndef __cplusplus
#define AKT_NEW(tag, ...) AKT_NEW_FROM(tag, ((const struct tag){ __VA_ARGS__ }))
#endif
#define AKT_NEW_FROM(tag, value)                                                                   \
	akt_msg_fill(akt_msg_blank(AKT_TYPE_OF(tag)), &(value), sizeof(struct tag))
#define AKT_NEW_SIGNAL(tag) akt_msg_blank(AKT_TYPE_OF(tag))

/* The payload as const struct tag *; the type is checked unless NDEBUG is defined. */
#define akt_payload(msg, tag) ((const struct tag *)akt_msg_payload((msg), AKT_TYPE_OF(tag)))

/* Why the calling thread's newest NULL instead of a message was one: AKT_ERR_NOMEM, or
 * AKT_ERR_OVERLOAD for the memory budget. What each send returns for NULL.
 * Threads: any thread. */
AKT_API int akt_msg_null_error(void);

/* Copy type->size bytes from payload (NULL: zeros) into a new message.
 * Threads: any thread. Owns: you. Errors: NULL, see akt_msg_null_error. Cost: no lock, no system call
 * while the thread's pool has a block. */
AKT_API akt_msg *akt_msg_new(const akt_msg_type *type, const void *payload);

/* The same with a payload that is not initialised. */
AKT_API akt_msg *akt_msg_blank(const akt_msg_type *type);

/* A message of size_bytes uninitialised bytes, for a type of size 0: write them through
 * akt_msg_bytes before the message is sent.
 * Threads: any thread. Owns: you. Errors: NULL, as above, and over AKT_MSG_MAX_BYTES. */
AKT_API akt_msg *akt_msg_new_bytes(const akt_msg_type *type, size_t size_bytes);

/* Give back a message that was not sent; NULL is welcome.
 * Threads: any thread. */
AKT_API void akt_msg_free(akt_msg *msg);

/* Says which type was met and which expected, and aborts. */
AKT_API void akt_msg_wrong_type(const akt_msg *msg, const akt_msg_type *expected);

/* Threads: any thread, for a message you own or borrow. */
AKT_API const akt_msg_type *akt_msg_type_of(const akt_msg *msg);
AKT_API size_t akt_msg_size(const akt_msg *msg); /* payload bytes; 0 for an object */

/* The payload, writable until sent. */
static inline void *akt_msg_bytes(akt_msg *msg)
{
	return (char *)msg + sizeof(struct akt_msg_head);
}

/* The payload, for a message that is known to be of this type.
 * A message of another type is a bug: the process reports it and ends, unless NDEBUG is defined. */
static inline const void *akt_msg_payload(const akt_msg *msg, const akt_msg_type *type)
{
#ifndef NDEBUG
	if (((const struct akt_msg_head *)(const void *)msg)->type != type)
		akt_msg_wrong_type(msg, type);
#else
	(void)type;
#endif
	return (const char *)msg + sizeof(struct akt_msg_head);
}

/* Copy a payload into a blank message; NULL stays NULL. */
static inline akt_msg *akt_msg_fill(akt_msg *msg, const void *payload, size_t size_bytes)
{
	if (msg != NULL)
		memcpy(akt_msg_bytes(msg), payload, size_bytes);
	return msg;
}

/* The verdict that came instead of a reply: AKT_ERR_TIMEOUT, AKT_ERR_GONE, or the code given to
 * akt_reply_error; 0 when the message is a value.
 * Threads: any thread, for a message you own or borrow. */
AKT_API int akt_msg_error(const akt_msg *msg);

/* The words that came with akt_msg_error, "" if none.
 * Threads: any thread, for a message you own or borrow. Owns: lives as long as the message. */
AKT_API const char *akt_msg_error_text(const akt_msg *msg);

#ifdef __cplusplus
}
#endif
#endif

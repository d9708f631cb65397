/* SPDX-License-Identifier: MIT */
/* caf-bench NAME OPS CPUS: one of the works that all peers have, in CAF; run.sh starts it.
 *
 * Exit status: 0 it passed; 1 it failed; 2 wrong use. */
#include "harness.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

static std::vector<bench::benchmark> all_benchmarks()
{
	std::vector<bench::benchmark> all = bench::message_benchmarks();

	for (const auto &more :
	     { bench::crowd_benchmarks(), bench::life_benchmarks(), bench::ask_benchmarks() })
		all.insert(all.end(), more.begin(), more.end());
	return all;
}

/* 0 when it is none, or none that makes sense. */
static uint64_t number(const char *text)
{
	char *end = nullptr;
	unsigned long long value = strtoull(text, &end, 10);

	return *text >= '0' && *text <= '9' && *end == '\0' && value < UINT32_MAX ? value : 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "-version") == 0) {
		printf("CAF %d.%d.%d\n", CAF_MAJOR_VERSION, CAF_MINOR_VERSION, CAF_PATCH_VERSION);
		return 0;
	}
	for (const bench::benchmark &one : all_benchmarks()) {
		if (argc == 2 && strcmp(argv[1], "-list") == 0)
			printf("%s\n", one.name.c_str());
		if (argc != 4 || one.name != argv[1] || number(argv[2]) == 0 ||
		    number(argv[3]) == 0)
			continue;
		bench::run r(one.name, number(argv[2]), static_cast<unsigned>(number(argv[3])),
			     one.scheduler);
		one.body(r);
		r.print();
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "-list") == 0)
		return 0;
	fprintf(stderr, "usage: caf-bench NAME OPS CPUS | -list | -version\n");
	return 2;
}

// All chosen stories in one process, so that they share a browser, a simulator and the data made for it.
for (const name of process.env.E2E_FILES.split(" ")) await import(`./${name}`);

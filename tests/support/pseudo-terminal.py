# A pseudo-terminal for tests: its name is the first line on stdout; afterwards stdin is what the
# device sends and stdout is what it was sent. Ends with stdin. Started by pseudo-terminal.ts.
import os, pty, select, sys, tty

master, slave = pty.openpty()
tty.setraw(slave)
os.write(1, (os.ttyname(slave) + "\n").encode())
while True:
    ready, _, _ = select.select([0, master], [], [])
    for source in ready:
        data = os.read(source, 4096)
        if not data:
            sys.exit(0)
        os.write(master if source == 0 else 1, data)

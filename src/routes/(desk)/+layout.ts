// The desk needs the network for everything it shows; rendering ahead would show nothing.
export const ssr = false;

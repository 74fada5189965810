export default () => globalThis.sharedKafka.close()

// Records, topics and settings as a kafkajs program uses them. Its codec of its own is gzip.
const { CompressionTypes, ConfigResourceTypes } = require('kafkajs')
const { kafka, expect, isRefused, read, run } = require('./kafkajs_checks.js')

async function records() {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  const messages = Array.from({ length: 500 }, (_, i) => ({ key: `k${i % 7}`, value: `${i} the same words`, headers: { n: `${i}` } }))
  messages.push({ key: 'gone', value: null })
  const sent = await producer.send({ topic: 'gzipped', messages, compression: CompressionTypes.GZIP, acks: -1 })
  expect(sent.length === 1 && sent[0].baseOffset === '0', 'one batch at offset 0')
  const got = await read('gzipped', 501)
  expect(got.every((m, i) => m.offset === `${i}`), 'offsets are numbered')
  expect(got.slice(0, 500).every((m, i) => m.value.toString() === messages[i].value), 'values come back')
  expect(got[3].key.toString() === 'k3' && got[3].headers.n.toString() === '3', 'keys and headers come back')
  expect(got[500].value === null, 'a tombstone comes back')
  await producer.disconnect()
}

async function topics(admin) {
  const wanted = { topic: 'made', numPartitions: 3, configEntries: [{ name: 'retention.ms', value: '3600000' }] }
  expect(await admin.createTopics({ topics: [wanted] }), 'a topic is made')
  expect(!await admin.createTopics({ topics: [wanted] }), 'not twice')
  const described = await admin.fetchTopicMetadata({ topics: ['made'] })
  expect(described.topics[0].partitions.length === 3, 'it has three partitions')
  const configs = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: 'made' }] })
  const retention = configs.resources[0].configEntries.find(entry => entry.configName === 'retention.ms')
  expect(retention.configValue === '3600000' && !retention.isDefault, 'its settings are told')
  const offsets = await admin.fetchTopicOffsets('gzipped')
  expect(offsets[0].low === '0' && offsets[0].high === '501', 'its offsets are told')
  const [{ offset }] = await admin.fetchTopicOffsetsByTimestamp('gzipped', Date.now() + 3600000)
  expect(offset === '501', 'no record is that new')
  await admin.deleteTopics({ topics: ['made'] })
  expect(!(await admin.listTopics()).includes('made'), 'it is deleted')
  expect(await isRefused(admin.deleteTopics({ topics: ['made'] }), 'UNKNOWN_TOPIC_OR_PARTITION'), 'not twice')
}

run(async () => {
  await records()
  const admin = kafka.admin()
  await admin.connect()
  await topics(admin)
  const cluster = await admin.describeCluster()
  expect(cluster.brokers.length === 1 && cluster.controller === cluster.brokers[0].nodeId, 'there is one broker')
  await admin.disconnect()
})
